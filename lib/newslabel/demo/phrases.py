"""How the demo's sentences are built: clauses of English function words with slots for words of an invented language.

A clause is written as words and slots; the two numbers before it are its weights in the style of real and of fake
articles. Function words stand in them as often as in English prose (`the` about 6 % of all words, half of all words on
a usual stop word list), so that rules and models meet the frequencies that they would meet in real articles.
"""

from typing import NamedTuple

# slots: N noun, NS plural, A adjective, V verb in the past, VB verb, VG verb in -ing, R adverb, P person, L place, NUM
SLOTS = ("N", "NS", "A", "V", "VB", "VG", "R", "P", "L", "NUM")


class Phrase(NamedTuple):
    """Words and slots, and how often the two styles use them."""

    words: tuple[str, ...]
    real: float
    fake: float


def words_of(text: str) -> tuple[str, ...]:
    """The words of a text between its blanks."""
    return tuple(text.split())


def _phrases(lines: str) -> tuple[Phrase, ...]:
    split = (line.split() for line in lines.strip().splitlines())
    return tuple(Phrase(tuple(words), float(real), float(fake)) for real, fake, *words in split)


CLAUSES = _phrases("""
    6 5 the N of P V a A N
    5 5 a A N was V by NS of L
    4 4 the NS have V that the N will VB
    4 4 P V to VB a N in L
    3 3 it is not A that the N would VB
    3 2 there were NUM NS in the N at the time
    4 4 the A N has been V since this N
    3 3 they V the NS from the N to A NS
    3 3 he V that it was a A N of NS
    3 3 she had V the N with NS
    3 2 more than NUM A NS V for her N
    3 3 P was VG A NS when the N V
    2 3 we V an A N and some A NS
    3 3 his N V into A NS and to another N
    3 3 their NS are A and R A
    2 3 no N could VB it as P had V
    3 3 all A NS were V before the N
    3 3 the N in L V R
    3 3 NS V over the N and N of A NS
    3 2 A NS between L and L V again
    2 3 if NS V then P can VB
    2 3 what P V was only a N
    3 3 the A N of P V its own N
    3 3 some NS V that her A N should VB
    4 2 the N said in a N that P had V
    3 2 according to the NS in L it was R V
    3 1.5 P did not VB to A NS for the N
    3 1.5 NS for the A N said on N NUM that they V
    3 2 P of the N in L said that most NS were A
    2 1 A NS V from NUM to NUM at the N
    3 2 under this N A NS would be V by L
    1.5 3 you will not VB what NS V
    1 2 this is why they V A N and A N
    1.5 3 I have V that our N is A and so is your N
    1.5 2.5 who would VB such a A N
    1.5 3 do not VB A NS just because of these NS
    1.5 2.5 now A NS are VG all of us
    1.5 2.5 P and his NS V your N or my N
    1.5 2 so the A N of L V the N once more
""")

JOINERS = _phrases("""
    5 5 and
    3 3 but
    3 3 as
    2 2 while
    2 2 because
    2 1.5 after
    2 2 when
    1 1 although
    1.5 1.5 which means that
    1 1 until
""")

TITLES = _phrases("""
    3 3 A N V NS in L
    4 3 P V the N over A NS
    3 2.5 L N V by A N of NS
    3 3 NS VB the N of P
    3 2.5 N of A NS V after N in L
    2 3 why P V the A N
    2 3 the N that V L
    3 2.5 NUM NS V as N VB A N
    2 3 what NS VB of the A N of L
""")

ALL = TITLES + CLAUSES + JOINERS
FUNCTION_WORDS = frozenset({word.lower() for phrase in ALL for word in phrase.words if word not in SLOTS} | {"an"})

# function words of no language in particular, for the records that are not English
FOREIGN = words_of("ul dez kom ni vasta per lon mih eto sul baz den tar oso ili kun sen dala por meh ein vom zur ka")
