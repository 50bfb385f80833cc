r"""The rules that act on whole texts, each from an Arrow string array to another: null in, null out.

A replacement costs ten times what scanning does, so each rule replaces as little as it can: `punctuation` leaves single
blanks alone (13 us an article of 2.5 kB in place of 53), `whitespace` touches only what is not one blank already.
RE2's \w, \s and \b know ASCII alone: letters are \p{L}, marks that belong to them \p{M}, figures \p{N}, blanks \p{Z}.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import pyarrow as pa
import pyarrow.compute as pc

from newslabel.clean.datelines import without_datelines

# all blanks but the usual one: RE2's \s is ASCII's, without the vertical tab
OTHER_BLANK = r"\t-\r\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}"
# with a scheme or www., or bare but with something after the host ("pic.twitter.com/x"): a mere "Amazon.com" is prose
URL = (
    r"(?i)(?:(?:https?|ftp)://|www\.|"
    r"(?:[\p{L}\p{N}-]+\.)+(?:be|co|com|de|edu|eu|gl|gov|info|io|it|ly|me|net|news|org|ru|tv|uk|us)/)"
    rf"[^ {OTHER_BLANK}<>\"]*"
)
REPEATED_PERIODS = r"\.(?: ?\.)+|\x{2026}"
NEITHER_WORD_NOR_BLANK = r"[^\p{L}\p{M}\p{N}\p{Z}\s]+"
NOT_ONE_BLANK = rf"[ {OTHER_BLANK}]{{2,}}|[{OTHER_BLANK}]"


def without_urls(texts: pa.Array) -> pa.Array:
    """The texts with a blank where an address stood."""
    return pc.replace_substring_regex(texts, URL, " ")


def without_repeated_periods(texts: pa.Array) -> pa.Array:
    """The texts with a blank where two or more periods, or an ellipsis, stood."""
    return pc.replace_substring_regex(texts, REPEATED_PERIODS, " ")


def without_punctuation(texts: pa.Array) -> pa.Array:
    """The texts with a blank for all that is no letter, mark, figure or blank: "don't" becomes "don t".

    The apostrophe too leaves a blank, because many scrapes lost theirs that way ("doesn t"): closing the gap would tell
    such a scrape from the others.
    """
    return pc.replace_substring_regex(texts, NEITHER_WORD_NOR_BLANK, " ")


def with_single_blanks(texts: pa.Array) -> pa.Array:
    """The texts with one blank for each run of newlines, tabs and blanks of any kind, and none at the ends."""
    return pc.utf8_trim(pc.replace_substring_regex(texts, NOT_ONE_BLANK, " "), characters=" ")


def in_lower_case(texts: pa.Array) -> pa.Array:
    """The texts in lower case, character by character (Unicode's simple mapping)."""
    return pc.utf8_lower(texts)


TEXT_RULES: Mapping[str, Callable[[pa.Array], pa.Array]] = MappingProxyType(
    {
        "urls": without_urls,
        "datelines": without_datelines,
        "repeated_periods": without_repeated_periods,
        "punctuation": without_punctuation,
        "whitespace": with_single_blanks,
        "lowercase": in_lower_case,
    }
)
