"""What the web puts into a text: tags, entities, addresses, mentions, hashtags."""

import html
import re

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from newslabel.clean.arrays import Bytes, bytes_and_offsets, changed_where, holding, holding_at
from newslabel.clean.characters import OTHER_BLANK

# of scripts and styles nothing is text; patterns of their own, as RE2 would look for an unclosed comment's end again
# at each of the tags in it
WITH_CONTENT = (r"(?s)<!--.*?-->", r"(?is)<script\b[^<>]*>.*?</script\s*>", r"(?is)<style\b[^<>]*>.*?</style\s*>")
# begins with a letter, a slash, "!" or "?": "a < b and c > d" holds none
TAG = r"(?i)<(?:/?[a-z]|![a-z\[]|\?[a-z])[^<>]*>"
# no more figures than a code point has: int() refuses thousands of them
ENTITY = r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});"
# with a scheme or www., or bare but with something after the host ("pic.twitter.com/x"): a mere "Amazon.com" is prose
URL = (
    r"(?i)(?:(?:https?|ftp)://|www\.|"
    r"(?:[\p{L}\p{N}-]+\.)+(?:be|co|com|de|edu|eu|gl|gov|info|io|it|ly|me|net|news|org|ru|tv|uk|us)/)"
    rf"[^ {OTHER_BLANK}<>\"]*"
)
SLASH, PERIOD, LETTER_W, TO_LOWER = ord("/"), ord("."), ord("w"), 0x20
# bytes from the period to the slash: 3 in ".us/", 5 in ".info/", 6 in ".news/" with a long s, which (?i) takes for an s
HOST_ENDS = range(3, 7)
EMAIL = r"[\p{L}\p{M}\p{N}._%+-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+"
# what stands before is no part of it, and no letter: "ann@house.org" is no mention of @house
MENTION = r"(^|[^\p{L}\p{M}\p{N}_@])@[\p{L}\p{M}\p{N}_]+"
# with a letter in it: "We're #1" is prose; and no entity: "&#x27;"
HASHTAG = r"(^|[^\p{L}\p{M}\p{N}_&#])#[\p{N}_]*\p{L}[\p{L}\p{M}\p{N}_]*"


def without_html(texts: pa.StringArray) -> pa.StringArray:
    """The texts with a blank where a tag, a comment, a script or a style stood, and with characters for entities."""
    cleaned = changed_where(holding(texts, "<"), texts, _without_tags)
    return changed_where(pc.match_substring_regex(cleaned, ENTITY), cleaned, _with_characters_for_entities)


def _without_tags(texts: pa.StringArray) -> pa.StringArray:
    for pattern in (*WITH_CONTENT, TAG):
        texts = pc.replace_substring_regex(texts, pattern, " ")
    return texts


def _with_characters_for_entities(texts: pa.StringArray) -> pa.StringArray:
    replaced = [text and re.sub(ENTITY, lambda entity: html.unescape(entity[0]), text) for text in texts.to_pylist()]
    return pa.array(replaced, pa.string())


def without_urls(texts: pa.StringArray) -> pa.StringArray:
    """The texts with a blank where an address stood."""
    return changed_where(_like_urls(texts), texts, lambda some: pc.replace_substring_regex(some, URL, " "))


def _like_urls(texts: pa.StringArray) -> pa.BooleanArray:
    """Which texts hold "//", "www.", or a slash that may stand behind a host: far cheaper than the pattern."""
    data, _ = bytes_and_offsets(texts)
    slashes, periods = np.flatnonzero(data == SLASH), np.flatnonzero(data == PERIOD)
    after_slash = _before(data, slashes, 1) == SLASH
    after_host = np.any([_before(data, slashes, back) == PERIOD for back in HOST_ENDS], axis=0)
    after_www = np.all([_before(data, periods, back) | TO_LOWER == LETTER_W for back in (1, 2, 3)], axis=0)
    return holding_at(texts, slashes[after_slash | after_host], periods[after_www])


def _before(data: Bytes, places: npt.NDArray[np.intp], back: int) -> Bytes:
    """The bytes so far before some places."""
    # what lies before the first byte is read from the end: at worst a text is looked at for nothing
    return data.take(places - back, mode="wrap")


def without_emails(texts: pa.StringArray) -> pa.StringArray:
    """The texts with a blank where an e-mail address stood."""
    return changed_where(holding(texts, "@"), texts, lambda some: pc.replace_substring_regex(some, EMAIL, " "))


def without_mentions(texts: pa.StringArray) -> pa.StringArray:
    """The texts with a blank where an @name stood."""
    return changed_where(holding(texts, "@"), texts, lambda some: pc.replace_substring_regex(some, MENTION, r"\1 "))


def without_hashtags(texts: pa.StringArray) -> pa.StringArray:
    """The texts with a blank where a #tag stood."""
    return changed_where(holding(texts, "#"), texts, lambda some: pc.replace_substring_regex(some, HASHTAG, r"\1 "))
