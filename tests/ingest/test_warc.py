"""Pages that a web crawler stored, made here, menus and scripts and all."""

import gzip
import io
import json
from pathlib import Path

import pytest
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from newslabel.ingest.columns import ColumnFinder
from newslabel.ingest.pages import host_of
from newslabel.ingest.readers import read_file
from newslabel.ingest.records import Reading

READING = Reading(ColumnFinder({}, required=("text", "crawl_date")))
DATE = "2026-11-20T03:04:05Z"
PARAGRAPHS = (
    "The mayor of the town said on Monday that it was not his fault, and that the bridge would be mended by spring.",
    "Caf\u00e9 owners on both banks told reporters that they had heard this before, and that nobody had mended it.",
    "The council will meet again on Thursday, when a report by the engineers of the county is to be made public.",
)
PAGE = """<!doctype html><html lang="en"><head><title>Bridge to be mended by spring | The Daily Bugle</title>
<meta property="article:published_time" content="2026-11-19T08:00:00Z"><meta name="author" content="Ann Lee">
<script>var tracker = "evil tracker";</script><style>nav {{ color: red }}</style></head><body>
<nav><ul><li><a href="/">Home</a></li><li><a href="/world">World</a></li><li><a href="/sport">Sport</a></li></ul></nav>
<article><h1>Bridge to be mended by spring</h1>{paragraphs}</article>
<aside><h3>Most read</h3><a href="/1">Ten things about cats</a></aside>
<footer>Copyright The Daily Bugle. We use cookies.</footer></body></html>"""
ARTICLE = PAGE.format(paragraphs="".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS))
UTF_8 = "text/html; charset=utf-8"


def warc(*responses: tuple[str, str, str, bytes]) -> bytes:
    """A WARC file of requests and responses: address, status line, content type, body."""
    stream = io.BytesIO()
    writer = WARCWriter(stream, gzip=False)
    writer.write_record(writer.create_warcinfo_record("crawl.warc", {"software": "a crawler"}))
    for url, status, kind, body in responses:
        request = StatusAndHeaders("GET / HTTP/1.1", [("Host", "x")], is_http_request=True)
        writer.write_record(writer.create_warc_record(url, "request", http_headers=request))
        headers = StatusAndHeaders(status, [("Content-Type", kind)], protocol="HTTP/1.1")
        writer.write_record(
            writer.create_warc_record(
                url,
                "response",
                payload=io.BytesIO(body),
                http_headers=headers,
                warc_headers_dict={"WARC-Date": DATE},
            )
        )
    return stream.getvalue()


def rows_of(folder: Path, name: str, content: bytes) -> list[dict[str, object]]:
    """All rows of a file, the last one telling of the file itself."""
    (folder / name).write_bytes(content)
    return [row for batch in read_file(str(folder / name), READING) for row in batch.to_pylist()]


@pytest.mark.parametrize(
    ("name", "packed"),
    [
        ("a.warc", lambda content: content),
        ("a.warc.gz", gzip.compress),
        ("members.warc.gz", lambda content: gzip.compress(content[:700]) + gzip.compress(content[700:])),
    ],
)
def test_a_page_becomes_an_article_without_its_menus_scripts_and_footer(tmp_path: Path, name: str, packed):
    content = warc(("http://www.bugle.example/bridge?utm_source=x", "200 OK", UTF_8, ARTICLE.encode()))
    row, end = rows_of(tmp_path, name, packed(content))
    assert end["n_records"] == 1
    assert end["file_error"] is None
    assert (row["position"], row["problem"]) == (1, None)
    assert row["title"] == "Bridge to be mended by spring"
    assert row["text"] == "\n".join(PARAGRAPHS)
    assert (row["source"], row["url"]) == ("bugle.example", "http://www.bugle.example/bridge?utm_source=x")
    assert (row["crawl_date"], row["published_at"], row["author"]) == (DATE, "2026-11-19", "Ann Lee")
    assert json.loads(row["raw"])["text"] == row["text"]


def test_what_is_no_page_has_no_position_and_an_error_page_is_kept_aside(tmp_path: Path):
    content = warc(
        ("http://a.example/picture.png", "200 OK", "image/png", b"\x89PNG"),
        ("http://a.example/moved", "301 Moved Permanently", "text/html", b"moved"),
        ("http://a.example/gone", "404 Not Found", "text/html", b"<p>Not found</p>"),
        ("http://a.example/empty", "200 OK", "text/html", b""),
        ("http://a.example/bridge", "200 OK", UTF_8, ARTICLE.encode()),
    )
    gone, empty, article, end = rows_of(tmp_path, "a.warc", content)
    assert (gone["position"], gone["problem"], gone["text"]) == (1, "http_error", None)
    assert json.loads(gone["raw"]) == {
        "url": "http://a.example/gone",
        "crawl_date": DATE,
        "status": 404,
        "html": "<p>Not found</p>",
    }
    assert (empty["position"], empty["problem"], empty["text"]) == (2, None, None)
    assert (article["position"], article["source"]) == (3, "a.example")
    assert end["n_records"] == 3


@pytest.mark.parametrize("kind", ["text/html; charset=windows-1252", "text/html; charset=no-such", "text/html"])
def test_a_page_in_an_older_encoding_is_read_in_it(tmp_path: Path, kind: str):
    page = ARTICLE.replace("<head>", '<head><meta charset="windows-1252">')
    row, _ = rows_of(tmp_path, "a.warc", warc(("http://a.example/", "200 OK", kind, page.encode("windows-1252"))))
    assert PARAGRAPHS[1] in row["text"]


@pytest.mark.parametrize("hostile", [b"\x00\xff" * 500, b"<" * 5000, b"<p>" * 3000 + b"deep", b"<!--" + b"x" * 9000])
def test_hostile_html_costs_its_own_record_at_most(tmp_path: Path, hostile: bytes):
    content = warc(
        ("http://a.example/hostile", "200 OK", "text/html", hostile),
        ("http://[::bad/bridge", "200 OK", UTF_8, ARTICLE.encode()),
    )
    *_, article, end = rows_of(tmp_path, "a.warc", content)
    assert PARAGRAPHS[0] in article["text"]
    assert (end["n_records"], end["file_error"]) == (2, None)


def test_odd_headers_and_bytes_behind_a_page_cost_no_page_behind_them(tmp_path: Path):
    article = ARTICLE.encode()
    odd = warc(
        ("http://a.example/no-address", "200 OK", UTF_8, article),
        ("http://a.example/charset", "200 OK", "text/html; charset*=%ff''%ff; charset*1=x", article),
        ("http://a.example/status", "@00 OK", UTF_8, article),
        ("http://a.example/packed", "200 OK\r\nContent-Encoding: gzip", UTF_8, gzip.compress(article) + b"x" * 20_000),
        ("http://a.example/br", "200 OK\r\nContent-Encoding: br", UTF_8, b"\x8b\x02\x80brotli\x03"),
        ("http://a.example/undone", "200 OK\r\nContent-Encoding: br", UTF_8, article),
        ("http://a.example/last", "200 OK", UTF_8, article),
    )
    odd = odd.replace(b"WARC-Target-URI: http://a.example/no-address\r\n", b"").replace(b" @00", b" \xb200")
    *rows, end = rows_of(tmp_path, "a.warc", odd)
    assert [(json.loads(row["raw"])["url"].rpartition("/")[2], row["problem"]) for row in rows] == [
        ("charset", "broken_page"),
        ("status", "http_error"),
        ("packed", None),
        ("br", "unknown_compression"),
        ("undone", None),
        ("last", None),
    ]
    assert {row["text"] for row in rows if not row["problem"]} == {"\n".join(PARAGRAPHS)}
    assert (end["n_records"], end["n_passed_over"], end["file_error"]) == (6, 1, None)


@pytest.mark.parametrize("cut", [300, 3000])
@pytest.mark.parametrize("name", ["a.warc", "a.warc.gz"])
def test_a_warc_file_that_breaks_off_keeps_what_is_whole_and_names_the_place(tmp_path: Path, cut: int, name: str):
    pages = [
        (
            f"http://a.example/{number}",
            "200 OK",
            UTF_8,
            ARTICLE.replace("Monday", f"day {number * 7919 % 1009}").encode(),
        )
        for number in range(60)
    ]
    content = warc(*pages)
    cut_off = content[:-cut] if name == "a.warc" else gzip.compress(content)[: -cut // 2]
    *articles, broken, end = rows_of(tmp_path, name, cut_off)
    assert 10 < len(articles) < 60
    assert all(PARAGRAPHS[1] in row["text"] for row in articles)
    assert (broken["problem"], broken["position"]) == ("broken_file", len(articles) + 1)
    assert end["file_error"].startswith("expected a ")


def test_what_is_no_warc_is_told(tmp_path: Path):
    broken, end = rows_of(tmp_path, "a.warc", b"id,text\n1,One\n")
    assert broken["problem"] == "broken_file"
    assert end["file_error"].startswith("expected WARC. Received: ")


@pytest.mark.parametrize(
    ("url", "host"),
    [("https://www.a.example:81/x", "a.example"), ("http://A.example", "a.example"), ("http://[bad", ""), ("x", "")],
)
def test_the_source_of_a_page_is_its_host(url: str, host: str):
    assert host_of(url) == host
