"""Every cleaning rule by its name: a function from an Arrow string array to another, null in, null out."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from newslabel.clean import characters, markup, words
from newslabel.clean.arrays import Rule
from newslabel.clean.datelines import without_datelines
from newslabel.errors import SettingsError, nearest

STOP_WORDS = "stop_words"

# act on whole texts
TEXT_RULES: Mapping[str, Rule] = MappingProxyType(
    {
        "html": markup.without_html,
        "urls": markup.without_urls,
        "emails": markup.without_emails,
        "mentions": markup.without_mentions,
        "hashtags": markup.without_hashtags,
        "datelines": without_datelines,
        "typography": characters.with_plain_typography,
        "repeated_periods": characters.without_repeated_periods,
        "censored": characters.with_censored_words_as_one,
        "special_characters": characters.with_special_characters_apart,
        "punctuation": characters.without_punctuation,
        "letters_only": characters.with_letters_only,
        "letters_and_digits": characters.with_letters_and_digits_only,
        "lowercase": characters.in_lower_case,
        "whitespace": characters.with_single_blanks,
    }
)
# act on words, after all of those; STOP_WORDS too, which needs its list
WORD_RULES: Mapping[str, Rule] = MappingProxyType({"stem": words.stemmed})
# of the text rules, those that give for each character one character or a blank, whatever stands beside it
CHARACTER_RULES = frozenset(
    {"typography", "punctuation", "letters_only", "letters_and_digits", "lowercase", "whitespace"}
)
# those that only put blanks in place of some characters: of no use before a rule that makes all of these blanks
ONLY_BLANKS: Mapping[str, str] = MappingProxyType({"repeated_periods": ".…"})


def check_rules(rules: Sequence[str]) -> None:
    """Raises SettingsError where there is no such rule (names the nearest), or a text rule stands after a word rule."""
    received = f"Received: {', '.join(rules)}"
    known = [*TEXT_RULES, *WORD_RULES, STOP_WORDS]
    seen_word_rule = ""
    for rule in rules:
        if rule not in known:
            raise SettingsError(f"there is no cleaning rule {rule!r}.{nearest(rule, known)} {received}")
        if rule in TEXT_RULES and seen_word_rule:
            raise SettingsError(f"{seen_word_rule} acts on words and must stand after {rule}. {received}")
        seen_word_rule = "" if rule in TEXT_RULES else rule
