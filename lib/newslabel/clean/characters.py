r"""The rules that look at single characters, or at runs of them.

RE2's \w, \s and \b know ASCII alone: letters are \p{L}, marks that belong to them \p{M}, figures \p{N}, blanks \p{Z}.
A replacement costs ten times what scanning does, so each rule replaces as little as it can, and leaves single blanks
alone.
"""

import pyarrow as pa
import pyarrow.compute as pc

from newslabel.clean.arrays import changed_where, holding

# all blanks but the usual one: RE2's \s is ASCII's, without the vertical tab
OTHER_BLANK = r"\t-\r\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}"
NOT_ONE_BLANK = rf"[ {OTHER_BLANK}]{{2,}}|[{OTHER_BLANK}]"
REPEATED_PERIODS = r"\.(?: ?\.)+|\x{2026}"
NEITHER_WORD_NOR_BLANK = r"[^\p{L}\p{M}\p{N}\p{Z}\s]"
TYPOGRAPHIC = (
    (r"[\x{2018}-\x{201b}\x{2032}\x{2039}\x{203a}]", "'"),
    (r"[\x{201c}-\x{201f}\x{2033}\x{ab}\x{bb}]", '"'),
    (r"[\x{2010}-\x{2015}\x{2212}]", "-"),
)
# letters with stars between them ("f**k"), or one or two with more than one star behind ("f***"): "**bold**" is neither
CENSORED = r"(^|[^\p{L}\p{M}\p{N}*])(?:\p{L}+\*+\p{L}[\p{L}\p{M}*]*|\p{L}{1,2}\*{2,})"
FOR_CENSORED = "censoredword"  # letters alone, so that no later rule takes it apart


def with_plain_typography(texts: pa.StringArray) -> pa.StringArray:
    """The texts with ASCII's quotes, apostrophes and hyphens for typographic ones, character for character."""
    for pattern, plain in TYPOGRAPHIC:
        texts = pc.replace_substring_regex(texts, pattern, plain)
    return texts


def without_repeated_periods(texts: pa.StringArray) -> pa.StringArray:
    """The texts with a blank where two or more periods, or an ellipsis, stood."""
    rows = pc.match_substring_regex(texts, REPEATED_PERIODS)
    return changed_where(rows, texts, lambda some: pc.replace_substring_regex(some, REPEATED_PERIODS, " "))


def without_punctuation(texts: pa.StringArray) -> pa.StringArray:
    """The texts with a blank for all that is no letter, mark, figure or blank: "don't" becomes "don t".

    The apostrophe too leaves a blank, because many scrapes lost theirs that way ("doesn t"): closing the gap would tell
    such a scrape from the others.
    """
    return pc.replace_substring_regex(texts, f"{NEITHER_WORD_NOR_BLANK}+", " ")


def with_special_characters_apart(texts: pa.StringArray) -> pa.StringArray:
    """The texts with blanks round each character that is no letter, mark, figure or blank: "it's" becomes "it ' s"."""
    return pc.replace_substring_regex(texts, f"({NEITHER_WORD_NOR_BLANK})", r" \1 ")


def with_letters_only(texts: pa.StringArray) -> pa.StringArray:
    """The texts with a blank for each run of what is not a to z or A to Z."""
    return pc.replace_substring_regex(texts, r"[^a-zA-Z ]+", " ")


def with_letters_and_digits_only(texts: pa.StringArray) -> pa.StringArray:
    """The texts with a blank for each run of what is no letter, mark of one, or figure of any script."""
    return pc.replace_substring_regex(texts, r"[^\p{L}\p{M}\p{N} ]+", " ")


def in_lower_case(texts: pa.StringArray) -> pa.StringArray:
    """The texts in lower case, character by character (Unicode's simple mapping)."""
    return pc.utf8_lower(texts)


def with_single_blanks(texts: pa.StringArray) -> pa.StringArray:
    """The texts with one blank for each run of newlines, tabs and blanks of any kind, and none at the ends."""
    return pc.utf8_trim(pc.replace_substring_regex(texts, NOT_ONE_BLANK, " "), characters=" ")


def with_censored_words_as_one(texts: pa.StringArray) -> pa.StringArray:
    """The texts with one and the same word for every censored one ("f**k").

    In no recipe: published work found it to impair accuracy.
    """
    replacement = rf"\1{FOR_CENSORED}"
    return changed_where(
        holding(texts, "*"), texts, lambda some: pc.replace_substring_regex(some, CENSORED, replacement)
    )
