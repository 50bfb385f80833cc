"""Which encoding a file's text is in: UTF-8 if it can be, else by its bytes."""

import codecs
import re
from collections.abc import Iterator
from io import RawIOBase

CHUNK_BYTES = 1024 * 1024
SAMPLE_BYTES = 64 * 1024
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# What a detector can tell apart by a page of text. Western and Central European pages differ in a few letters alone,
# and as browsers do, what may be either is taken for Windows-1252, which holds all that can be seen of ISO-8859-1.
CANDIDATES = [
    *("cp1252", "cp1251", "koi8_r", "cp1253", "cp1255", "cp1256"),
    *("shift_jis", "euc_jp", "gb18030", "big5", "euc_kr"),
]
USUAL = "cp1252"
NOT_UTF_8 = re.compile("[\udc80-\udcff]")
NOT_ASCII = re.compile("[^\x00-\x7f\udc80-\udcff]")


def encoding_of(stream: RawIOBase) -> str:
    """The name of the encoding that the whole stream is in, for Python's codecs.

    A text that holds more of UTF-8's longer characters than of stray bytes is UTF-8 with a few broken records.

    Args:
        stream: at its beginning; read to its end.
    """
    first = stream.read(CHUNK_BYTES) or b""
    marked = next((name for mark, name in MARKS if first.startswith(mark)), None)
    if marked:
        return marked
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    strays = characters = 0
    sample = b""
    for chunk in _chunks(first, stream):
        text = decoder.decode(chunk)
        if not text.isascii():
            strays += len(NOT_UTF_8.findall(text))
            characters += len(NOT_ASCII.findall(text))
            sample += b"\n".join(line for line in chunk.split(b"\n") if not line.isascii())[:SAMPLE_BYTES]
            sample = sample[:SAMPLE_BYTES]
    return "utf-8" if characters >= strays else _detected(sample)


def _chunks(first: bytes, stream: RawIOBase) -> Iterator[bytes]:
    """All chunks up to the end, or to where the stream breaks off, as the one who reads the text will see too."""
    chunk = first
    while chunk:
        yield chunk
        try:
            chunk = stream.read(CHUNK_BYTES) or b""
        except OSError:
            return


def _detected(sample: bytes) -> str:
    from charset_normalizer import from_bytes

    matches = from_bytes(sample, cp_isolation=CANDIDATES)
    coherence = {match.encoding: match.coherence for match in matches}
    best = matches.best()
    # of a few words many encodings make sense: another than the usual one must make words of a language
    return best.encoding if best and coherence.get(USUAL, -1) < best.coherence else USUAL
