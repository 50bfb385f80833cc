"""UTF-8 that somebody read as another encoding ("itâ€™s"), found and made good."""

import re

# One character read as several: two in a row that are no ASCII. Looking for those first spares most English texts the
# look at what they are, which takes about a millisecond.
SUSPICIOUS = re.compile("[^\x00-\x7f]{2}")


def repaired(text: str | None) -> str | None:
    """The text as it was meant, where it is mojibake that can be undone; else as it is."""
    from ftfy import fix_encoding

    if text is None or not is_mojibake(text):
        return text
    fixed: str = fix_encoding(text)
    return fixed


def is_mojibake(text: str | None) -> bool:
    """Whether the text holds characters that come together only by reading them wrong."""
    from ftfy.badness import is_bad

    return text is not None and SUSPICIOUS.search(text) is not None and bool(is_bad(text))
