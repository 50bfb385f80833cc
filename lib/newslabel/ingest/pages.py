"""The article in a page's HTML, without menus, scripts and footers."""

from collections.abc import Mapping
from urllib.parse import urlsplit

# dates are taken from what a page says of itself, not guessed from its footer or the address
DATES = {"original_date": True, "extensive_search": False}


def fields_of_page(html: bytes, url: str, charset: str | None) -> Mapping[str, str]:
    """The fields of the article that the page shows; no text where it shows none.

    Args:
        html: the page.
        url: its address.
        charset: as the server named it; the page itself may say otherwise, and its bytes more.
    """
    from trafilatura import bare_extraction
    from trafilatura.settings import Document

    found = bare_extraction(
        _decoded(html, charset),
        url=url,
        with_metadata=True,
        include_comments=False,
        include_tables=False,
        date_extraction_params=DATES,
    )
    shown: Mapping[str, str | None] = found.as_dict() if isinstance(found, Document) else {}
    title = shown.get("title") or ""
    fields = {
        "url": url,
        "source": host_of(url),
        "title": title,
        "text": (shown.get("text") or "").removeprefix(f"{title}\n"),  # a page's heading is no part of its text
        "author": shown.get("author"),
        "published_at": shown.get("date"),
    }
    return {name: value for name, value in fields.items() if value and not value.isspace()}


def host_of(url: str) -> str:
    """The host of an address, without www., or nothing where it has none."""
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:  # brackets that hold no address
        return ""


def _decoded(html: bytes, charset: str | None) -> str | bytes:
    """The text where the server's charset is right, else the bytes, for the extractor to find out."""
    try:
        return html.decode(charset) if charset else html
    except (UnicodeDecodeError, LookupError):
        return html
