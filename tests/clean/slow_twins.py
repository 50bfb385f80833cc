"""Each text rule again, in plain Python, character by character where that will do."""

import html
import re
import unicodedata
from collections.abc import Callable

BLANKS = set(" \t\n\v\f\r\u0085\u00a0\u1680\u2028\u2029\u202f\u205f\u3000") | {
    chr(code) for code in range(0x2000, 0x200B)
}
TYPOGRAPHIC = (
    dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u2039\u203a", "'")
    | dict.fromkeys("“”„‟″«»", '"')
    | dict.fromkeys("\u2010\u2011\u2012\u2013—―\u2212", "-")
)
ASCII_LETTERS = set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")


def of_words(char: str) -> bool:
    return unicodedata.category(char)[0] in "LMN"


def skeleton(text: str) -> str:
    """As long as the text: a for each letter, m for each mark, 1 for each figure, so that ASCII's patterns do."""
    return "".join({"L": "a", "M": "m", "N": "1"}.get(unicodedata.category(char)[0], char) for char in text)


def replaced(text: str, pattern: str, replacement: str) -> str:
    """The text with something else where its skeleton matches."""
    out, end = "", 0
    for match in re.finditer(pattern, skeleton(text)):
        out += text[end : match.start()] + replacement
        end = match.end()
    return out + text[end:]


def runs_as_blanks(text: str, kept: Callable[[str], bool]) -> str:
    """The text with one blank for each run of characters that are not kept."""
    out, in_run = "", False
    for char in text:
        if kept(char):
            out += char
        elif not in_run:
            out += " "
        in_run = not kept(char)
    return out


def with_html(text: str) -> str:
    for pattern in (r"<!--.*?-->", r"<script\b[^<>]*>.*?</script\s*>", r"<style\b[^<>]*>.*?</style\s*>"):
        text = re.sub(pattern, " ", text, flags=re.IGNORECASE | re.DOTALL | re.ASCII)
    text = re.sub(r"<(/?[a-z]|![a-z\[]|\?[a-z])[^<>]*>", " ", text, flags=re.IGNORECASE | re.ASCII)
    entities = r"&(#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});"
    return re.sub(entities, lambda match: html.unescape(match[0]), text)


def with_urls(text: str) -> str:
    hosts = "be|co|com|de|edu|eu|gl|gov|info|io|it|ly|me|net|news|org|ru|tv|uk|us"
    letter = r"(?:[^\W_]|-)"
    start = rf"(?:(?:https?|ftp)://|www\.|(?:{letter}+\.)+(?:{hosts})/)"
    rest = "".join(sorted(BLANKS)) + '<>"'
    return re.sub(f"{start}[^{re.escape(rest)}]*", " ", text, flags=re.IGNORECASE)


def with_special_characters(text: str) -> str:
    return "".join(char if of_words(char) or char in BLANKS - {"\v", "\u0085"} else f" {char} " for char in text)


def with_whitespace(text: str) -> str:
    return " ".join(word for word in "".join(" " if char in BLANKS else char for char in text).split(" ") if word)


SLOW_TWINS: dict[str, Callable[[str], str]] = {
    "html": with_html,
    "urls": with_urls,
    "emails": lambda text: replaced(text, r"[am1._%+-]+@[a1-]+(\.[a1-]+)+", " "),
    "mentions": lambda text: replaced(text, r"(?<![am1_@])@[am1_]+", " "),
    "hashtags": lambda text: replaced(text, r"(?<![am1_&#])#[1_]*a[am1_]*", " "),
    "typography": lambda text: "".join(TYPOGRAPHIC.get(char, char) for char in text),
    "repeated_periods": lambda text: re.sub(r"\.( ?\.)+|…", " ", text),
    "censored": lambda text: replaced(text, r"(?<![am1*])(a+\*+a[am*]*|a{1,2}\*{2,})", "censoredword"),
    "special_characters": with_special_characters,
    "punctuation": lambda text: runs_as_blanks(text, lambda char: of_words(char) or char in BLANKS - {"\v", "\u0085"}),
    "letters_only": lambda text: runs_as_blanks(text, lambda char: char in ASCII_LETTERS | {" "}),
    "letters_and_digits": lambda text: runs_as_blanks(text, lambda char: of_words(char) or char == " "),
    "lowercase": lambda text: "".join("i" if char == "İ" else char.lower() for char in text),
    "whitespace": with_whitespace,
}
