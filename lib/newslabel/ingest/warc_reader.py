"""WARC, as web crawlers leave it: the pages among its records, and the articles in those."""

import re
from collections.abc import Callable, Iterator, Mapping
from email.message import Message
from functools import partial
from typing import Any

from newslabel.errors import DataError
from newslabel.ingest.pages import fields_of_page
from newslabel.ingest.records import (
    BROKEN_PAGE,
    HTTP_ERROR,
    PASSED_OVER,
    TOO_LARGE,
    UNKNOWN_COMPRESSION,
    BrokenFileError,
    Reading,
    Record,
    as_json,
    valid_unicode,
)
from newslabel.ingest.text_files import READ_BYTES, open_stored

HTML = ("text/html", "application/xhtml+xml")
LARGEST_PAGE_BYTES = 16 * 1024 * 1024  # scripts and pictures in it included
FIRST_ERROR = 400  # of HTTP's status codes
# not brotli: warcio 1.8.1 ends the file at such a page where Brotli 1.2.1 is installed
KNOWN_COMPRESSIONS = ("", "identity", "gzip", "deflate")
REDIRECTS = range(300, 400)
BLANKS = b"\xef\xbb\xbf \t\r\n"  # and the mark of UTF-8
STATUS = re.compile("[0-9]{3}")
END_OF_RECORD = b"\r\n\r\n"


def read_warc(uri: str, reading: Reading) -> Iterator[Record]:
    """The pages of a WARC file, each with the article that was found in its HTML; source and date are the record's.

    What is no page (requests, redirects, pictures, …) has no position. A page's position counts pages. What may be one,
    as nothing says what it is (responses without a Content-Type, resources), is passed over, and counted.

    Args:
        uri: the file, whose name tells whether it is compressed.
        reading: how much of a page is kept in `rejected`.

    Raises:
        DataError: the file is not WARC, or ends within a record.
        OSError: the file cannot be read.
    """
    from warcio.archiveiterator import ArchiveIterator
    from warcio.exceptions import ArchiveLoadFailed

    with open_stored(uri) as stream:
        position = 0
        iterator = ArchiveIterator(stream)
        iterator.loader.load_http_headers = partial(_http_headers, iterator.loader.load_http_headers)
        try:
            for record in iterator:
                if _is_page(record):
                    position += 1
                    yield _record(position, record, reading)
                elif _may_be_page(record):
                    yield Record(0, "", problem=PASSED_OVER)
        except ArchiveLoadFailed as error:
            raise DataError(f"expected WARC. Received: {error}") from error
        while stream.read(READ_BYTES):  # what the iterator gave up on may be a compressed stream that is cut
            pass
        if stream.last != END_OF_RECORD:
            raise DataError(f"expected a file that ends with a whole record. Received: {stream.last!r} at its end")


def _http_headers(load: Callable[..., Any], kind: str, address: str | None, *of_record: Any) -> Any:
    """A record's HTTP headers, as warcio loads them; none where it has no address, which warcio takes for granted."""
    return load(kind, address or "", *of_record)


def _is_page(record: Any) -> bool:
    if record.rec_type != "response" or record.http_headers is None:
        return False
    kind = (record.http_headers.get_header("Content-Type") or "").lower()
    return kind.startswith(HTML) and _status(record) not in REDIRECTS


def _may_be_page(record: Any) -> bool:
    if record.rec_type == "resource":
        return str(record.content_type or HTML[0]).lower().startswith(HTML)
    return record.rec_type == "response" and not (
        record.http_headers and record.http_headers.get_header("Content-Type")
    )


def _record(position: int, record: Any, reading: Reading) -> Record:
    url = record.rec_headers.get_header("WARC-Target-URI") or ""
    told = {"url": url, "crawl_date": record.rec_headers.get_header("WARC-Date") or ""}
    html = record.content_stream().read(LARGEST_PAGE_BYTES + 1)
    page = html.decode("utf-8", "replace")[: reading.max_record_bytes]
    if len(html) > LARGEST_PAGE_BYTES:
        return Record(position, as_json(told | {"html": page}), problem=TOO_LARGE)
    while record.raw_stream.read(READ_BYTES):  # a compressed page may have bytes behind it
        pass
    if getattr(record.raw_stream, "limit", 0) > 0:
        raise BrokenFileError("expected a whole record. Received: the end of the file", as_json(told | {"html": page}))
    if _is_compressed(record, html):
        return Record(position, as_json(told), problem=UNKNOWN_COMPRESSION)
    if _status(record) >= FIRST_ERROR:
        return Record(position, as_json(told | {"status": _status(record), "html": page}), problem=HTTP_ERROR)
    try:
        return _article(position, fields_of_page(html, url, _charset(record)), told, page)
    except Exception:  # noqa: BLE001 - hostile HTML finds ways through parsers; it costs its own record
        return Record(position, as_json(told | {"html": page}), problem=BROKEN_PAGE)


def _article(position: int, found: Mapping[str, str], told: Mapping[str, str], page: str) -> Record:
    fields = {name: valid_unicode(value) for name, value in {**found, **told}.items() if value}
    return Record(position, as_json(fields if "text" in fields else fields | {"html": page}), fields)


def _is_compressed(record: Any, html: bytes) -> bool:
    """Whether the page is compressed in a way that warcio does not undo; some crawlers undo it and leave the header."""
    encoding = (record.http_headers.get_header("Content-Encoding") or "").strip().lower()
    return encoding not in KNOWN_COMPRESSIONS and not html.lstrip(BLANKS).startswith(b"<")


def _status(record: Any) -> int:
    code = record.http_headers.get_statuscode() or ""
    return int(code) if STATUS.fullmatch(code) else FIRST_ERROR


def _charset(record: Any) -> str | None:
    message = Message()
    message["Content-Type"] = record.http_headers.get_header("Content-Type")
    return message.get_param("charset") and str(message.get_param("charset"))
