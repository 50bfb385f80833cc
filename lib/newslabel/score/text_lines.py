"""Articles labelled as they come, without Spark: a JSON object a line goes in, one a line goes out."""

import io
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from math import isfinite
from pathlib import Path
from typing import Any, BinaryIO, TextIO

from newslabel.errors import DataError, os_errors_as
from newslabel.recipes import TEXT_FIELDS
from newslabel.score.scorer import Scorer

BYTES_AT_ONCE = 1 << 20  # what has come by then is labelled together; a line that comes alone does not wait


def label_lines(scorer: Scorer, lines: BinaryIO, answers: TextIO, *, longest: int, explain: int = 0) -> None:
    """Answers each line as soon as it is there.

    An article is an object with `title`, `text` (one of them at least) and `author`, strings or null. Its answer has
    its other keys, and what `Scorer.label` says of it, which takes the place of keys of these names. A line that holds
    no article is answered by its number and what is wrong with it: `{"line": 3, "error": "…"}`.

    Args:
        scorer: the model.
        lines: where they come from; blank ones are left out.
        answers: where the answers go, in the order of the lines.
        longest: a line of more bytes holds no article.
        explain: how many words `why` tells of an article, as a list of objects; none, and there is no such key.

    Raises:
        DataError: some lines held no article; all others are answered.
    """
    number = bad = 0
    for batch in _arriving(lines, longest):
        read = [_article(line, number + place, longest) for place, line in enumerate(batch, 1) if line.strip()]
        number += len(batch)
        bad += sum("error" in article for article in read)
        answers.writelines(json.dumps(answer) + "\n" for answer in _answered(scorer, read, explain))
        answers.flush()
    if bad:
        raise DataError(f"lines that hold no article are answered by what is wrong with them. Received: {bad} of these")


@contextmanager
def lines_of(file: Path | None, standard_input: TextIO) -> Iterator[BinaryIO]:
    """The file's bytes, or those of standard input.

    Raises:
        DataError: the file cannot be read.
    """
    if file is None:
        yield standard_input.buffer
        return
    with os_errors_as(DataError, "the file cannot be read", str(file)):
        opened = file.open("rb")
    with opened:
        yield opened


def _arriving(lines: BinaryIO, longest: int) -> Iterator[list[bytes]]:
    """The lines that have come each time that one looks; of one that is too long no more than shows it is kept."""
    begun: list[bytes] = []
    size = 0
    while piece := _some_of(lines):
        first, *others = piece.split(b"\n")
        if size <= longest:
            begun.append(first)
            size += len(first)
        if others:
            *whole, last = others
            yield [b"".join(begun), *whole]
            begun, size = [last], len(last)
    yield [b"".join(begun)]


def _some_of(lines: BinaryIO) -> bytes:
    # read would wait until there are so many bytes
    return lines.read1(BYTES_AT_ONCE) if isinstance(lines, io.BufferedReader) else lines.read(BYTES_AT_ONCE)


def _article(line: bytes, number: int, longest: int) -> dict[str, Any]:
    """The line's object, or what is wrong with it."""
    if len(line) > longest:
        return {"line": number, "error": f"longer than ingest.max_record_bytes, {longest}"}
    try:
        article = json.loads(line, parse_constant=_refuse, parse_float=_finite)
    except (ValueError, RecursionError) as error:
        return {"line": number, "error": f"no JSON: {error}"}
    if not isinstance(article, dict) or not {"title", "text"} & set(article):
        return {"line": number, "error": "an article is an object with title or text"}
    wrong = [name for name in TEXT_FIELDS if not isinstance(article.get(name), str | None)]
    if wrong:
        return {"line": number, "error": f"{wrong[0]} must be a string or null"}
    return {"article": article}


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no number of JSON's")


def _finite(text: str) -> float:
    number = float(text)
    if not isfinite(number):
        raise ValueError(f"{text} is too large a number")
    return number


def _answered(scorer: Scorer, read: Sequence[dict[str, Any]], explain: int) -> Iterator[dict[str, Any]]:
    articles = [each["article"] for each in read if "article" in each]
    fields = {name: [article.get(name) for article in articles] for name in TEXT_FIELDS}
    labels = iter(scorer.label(fields, explain).to_pylist() if articles else ())
    for each in read:
        if "article" not in each:
            yield each
            continue
        others = {key: value for key, value in each["article"].items() if key not in TEXT_FIELDS}
        label = next(labels)
        why = label.pop("why")
        yield others | label | ({"why": json.loads(why) if why else None} if explain else {})
