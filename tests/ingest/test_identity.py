import hashlib
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyspark.sql import SparkSession

from newslabel.ingest.identity import canonical_url, with_identity

names = st.sampled_from(["a", "b", "page", "utm_source", "UTM_Campaign", "fbclid", "gclid", "id"])
parameters = st.lists(st.tuples(names, st.text("xyz09", max_size=3)), max_size=6)
addresses = st.one_of(
    st.text(st.characters()),  # lone surrogates among them
    st.text("htps:/?#&=%@.[]0a \n", max_size=40),
    st.builds("http://{}/{}?{}#{}".format, st.text(max_size=10), st.text(max_size=10), st.text(), st.text(max_size=5)),
)


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        ("http://Example.COM", "https://example.com/"),
        ("https://example.com/a?utm_source=x&b=2&a=1&fbclid=y#part", "https://example.com/a?a=1&b=2"),
        ("http://user:word@example.com:80/a%2fb", "https://example.com/a%2Fb"),
        ("https://example.com:8443/a", "https://example.com:8443/a"),
        ("//example.com/a b", "https://example.com/a%20b"),
        (" www.example.com/News\n", "https://www.example.com/News"),
        ("https://example.com./", "https://example.com/"),
        ("https://example.com/?", "https://example.com/"),
    ],
)
def test_one_page_has_one_address(url: str, canonical: str):
    assert canonical_url(url) == canonical


@pytest.mark.parametrize(
    "url",
    [
        "",
        "n/a",
        "-",
        "ftp://example.com/a",
        "mailto:me@example.com",
        "http://",
        "http://a b/",
        f"http://a{'.' * 1_000_000}!",
    ],
)
def test_what_is_no_address_on_the_web_has_none(url: str):
    assert canonical_url(url) is None


@given(addresses)
def test_a_canonical_address_is_its_own_and_no_string_fails(url: str):
    canonical = canonical_url(url)
    assert canonical is None or canonical_url(canonical) == canonical


@given(parameters, st.randoms())
def test_the_order_of_parameters_does_not_matter(pairs: list[tuple[str, str]], random):
    shuffled = random.sample(pairs, len(pairs))
    assert canonical_url(_address(pairs)) == canonical_url(_address(shuffled))


@given(parameters)
def test_exactly_the_parameters_that_do_not_track_stay(pairs: list[tuple[str, str]]):
    kept = sorted(pair for pair in pairs if pair[0] in {"a", "b", "page", "id"})
    canonical = canonical_url(_address(pairs)) or ""
    assert sorted(parse_qsl(urlsplit(canonical).query, keep_blank_values=True)) == kept


def test_ids_are_the_hashes_that_the_design_names(spark: SparkSession):
    columns = "canonical_url string, source string, title string, text string"
    rows = [
        ("https://a.com/x", "A", "Title", "Text"),
        (None, "A", "Title", "Text"),
        (None, "A", "Title", "Corrected"),
        (None, None, None, "Text"),
    ]
    found = spark.createDataFrame(rows, columns).transform(with_identity).collect()
    of_title = _sha256("title\x1fA\x1fTitle")  # of a corrected article, too
    stories = [_sha256("url\x1fhttps://a.com/x"), of_title, of_title, _sha256("text\x1fText")]
    contents = [_sha256(text) for text in ("Title\x1fText", "Title\x1fText", "Title\x1fCorrected", "\x1fText")]
    assert [row.story_id for row in found] == stories
    assert [row.content_hash for row in found] == contents
    assert [row.article_id for row in found] == [
        _sha256(f"{story}\x1f{content}") for story, content in zip(stories, contents, strict=True)
    ]


def _address(pairs: list[tuple[str, str]]) -> str:
    return "http://example.com/a?" + "&".join(f"{name}={value}" for name, value in pairs)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
