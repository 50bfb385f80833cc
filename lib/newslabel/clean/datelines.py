r"""What an agency puts before a story: "(Corrects name) By Ann Lee NEW YORK/PARIS, May 5 (Reuters) - ".

Left in, a model learns the agency's name in place of the news. The patterns are RE2's: no backtracking, no lookahead.
"""

import pyarrow as pa
import pyarrow.compute as pc

from newslabel.clean.arrays import changed_where

AGENCIES = (
    "AAP|AFP|ANI|ANSA|AP|Agence France-Presse|Anadolu|Associated Press|BBC|Bloomberg|CBS|CNA|CNN|CP|Canadian Press|"
    "DPA|EFE|IANS|IFR|Interfax|Kyodo|LPC|MNI|NBC|NPR|PA|PTI|RIA|REUTERS|Reuters|TASS|UPI|VOA|XINHUA|Xinhua|Yonhap|dpa"
)
BLANK = r"[\s\p{Z}]"
SPACE = r"[ \t\p{Zs}]"  # a blank within a line: a headline above is no part of a dateline
DASH = r"[-\x{2010}-\x{2015}\x{2212}]"  # hyphens, en and em dashes, the minus sign
# "(Corrects spelling in paragraph 2)", "((Refiles (adds dropped word)))": whatever parentheses stand at the very start
NOTES = rf"(?:\(+[^()]*(?:\([^()]*\)[^()]*)*\)+{BLANK}*)*"
# Bylines and places are words that begin with a capital or a figure, joined by a few small words; prose is not.
SMALL_WORDS = (
    r"(?:a\.?m|al|am|and|da|de|del|der|des|di|do|du|e|el|en|in|la|le|los|near|of|on|p\.?m|pm|the|to|van|von|y)"
)
WORD = rf"(?:[\p{{Lu}}\p{{N}}][^\s()]*|{SMALL_WORDS}[.,]?|[/&|]|{DASH}+)"
PLACE = rf"(?:{WORD}{SPACE}+)*(?:{WORD})?"  # the last may be glued: "WASHINGTON(Reuters)"
# "Reuters Health", "AP Photo/Ann Lee"; at the start also "Thomson Reuters", and nothing: a sloppy scrape's "()"
AGENCY = rf"(?:{AGENCIES})(?:[^()\p{{L}}\p{{N}}][^()\n]*)?"
AGENCY_OR_NONE = rf"(?:(?:[^()\n]*[^()\p{{L}}\p{{N}}])?{AGENCY}|{BLANK}*)"
END = rf"{SPACE}*[.:]?{SPACE}*{DASH}+{BLANK}*"

AT_THE_START = rf"\A\x{{feff}}?{BLANK}*{NOTES}{PLACE}\({AGENCY_OR_NONE}\){END}"
# CNN's have no dash, and stand below the story's highlights: what follows must then begin like a sentence, so that
# "The Associated Press (AP) said" stays.
AT_A_LINE = rf"(\A|\n){SPACE}*{PLACE}\({AGENCY}\)(?:{END}|{BLANK}*([\p{{Lu}}\p{{N}}\"'\x{{2018}}\x{{201c}}]))"
PARENTHESIS = rf"\((?:{AGENCIES})"  # what every match of AT_A_LINE holds
SUSPICIOUS = rf"\((?:[^()\n]*\b(?:{AGENCIES})\b|{BLANK}*\))"


def without_datelines(texts: pa.StringArray) -> pa.StringArray:
    """The texts without agency preambles at their start, or at the start of a line."""
    return changed_where(pc.match_substring_regex(texts, SUSPICIOUS), texts, _without_preambles)


def _without_preambles(texts: pa.StringArray) -> pa.StringArray:
    cleaned = pc.replace_substring_regex(texts, AT_THE_START, "", max_replacements=1)
    # most held the one preamble alone: an agency's parenthesis is far cheaper to look for than another preamble
    left = pc.match_substring_regex(cleaned, PARENTHESIS)
    return changed_where(left, cleaned, lambda some: pc.replace_substring_regex(some, AT_A_LINE, r"\1\2"))
