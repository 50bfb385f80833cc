"""Rules that look at single characters, all at once: one pass over the bytes of a batch, by a table.

English is ASCII but for one character in a hundred: `bytes.translate` takes the bytes, and only the rest is looked at.
"""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from newslabel.clean.arrays import Bytes, Rule, bytes_and_offsets

CODE_POINTS = 0x110000
BLANK = ord(" ")
ABSENT = 0xFF  # no byte of UTF-8: fills what a shorter character leaves free
CONTINUED = 0x3F  # the bits of a code point that a byte after the first gives
LEADS = ((2, 0xC0, 0x1F), (3, 0xE0, 0x0F), (4, 0xF0, 0x07))  # bytes of a character; least first byte, and its bits


class CharacterTable:
    """What some rules together make of each character.

    The rules fill it themselves, character by character as they come: what it does cannot differ from what they do.

    Args:
        rules: each gives one character or a blank for each character, whatever stands beside it.
    """

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._rules = rules
        # of each code point the UTF-8 of what it becomes; a first byte of 0 where that is not known yet
        self._becomes = np.zeros((CODE_POINTS, 4), np.uint8)
        self._ascii = bytes(self._asked(np.arange(0x80))[:, 0]) + bytes(range(0x80, 0x100))

    def blanks(self, characters: str) -> bool:
        """Whether the rules leave a blank for each of the characters."""
        becomes = self._asked(np.array([ord(character) for character in characters]))
        return bool((becomes[:, 0] == BLANK).all())

    def cleaned(self, texts: pa.StringArray) -> tuple[Bytes, npt.NDArray[np.int32]] | None:
        """Texts without nulls as the rules leave them, but for how many blanks stand in a row.

        Returns:
            Their UTF-8, one text after the other, and int32 (N + 1,), where in it each begins. None where a character
            became longer, as "Ⱥ" does in lower case: there is no room for it.
        """
        data, offsets = bytes_and_offsets(texts)
        made = np.frombuffer(bytearray(data).translate(self._ascii), np.uint8)
        leads = np.flatnonzero(data >= LEADS[0][1])
        shorter = False
        for length, least, bits in LEADS:
            places = leads[(data[leads] >= least) & (data[leads] <= least + bits)]
            becomes = self._of(_code_points(data, places, length, bits))
            if ((becomes[:, 0] != BLANK) & (becomes[:, length:] != ABSENT).any(axis=1)).any():
                return None
            for index in range(length):
                made[places + index] = becomes[:, index]
            shorter = shorter or bool((becomes[:, :length] == ABSENT).any())
        return _closed_up(made, offsets) if shorter else (made, offsets)

    def _of(self, code_points: npt.NDArray[np.int32]) -> Bytes:
        becomes = self._becomes[code_points]
        new = np.unique(code_points[becomes[:, 0] == 0])
        if not len(new):
            return becomes
        asked = self._asked(new)
        self._becomes[new, 1:] = asked[:, 1:]
        self._becomes[new, 0] = asked[:, 0]  # last, as it tells other threads that the rest is there
        return self._becomes[code_points]

    def _asked(self, code_points: npt.NDArray[np.integer]) -> Bytes:
        """What the rules make of characters, each a text of its own: (N, 4), filled with ABSENT, or four blanks."""
        texts = pa.array([chr(code_point) for code_point in code_points], pa.string())
        for rule in self._rules:
            texts = rule(texts)
        becomes = [text.strip(" ").encode() for text in texts.to_pylist()]
        filled = b"".join(made.ljust(4, b"\xff") if made else b"    " for made in becomes)
        return np.frombuffer(filled, np.uint8).reshape(-1, 4)


@lru_cache(8)
def character_table(rules: tuple[Rule, ...]) -> CharacterTable:
    """The table of these rules, one a process, which takes 4.5 MB."""
    return CharacterTable(rules)


def _code_points(data: Bytes, places: npt.NDArray[np.intp], length: int, bits: int) -> npt.NDArray[np.int32]:
    """The code points of characters of so many bytes, whose first ones stand at some places."""
    code_points = (data[places] & bits).astype(np.int32)
    for index in range(1, length):
        code_points = code_points << 6 | data[places + index] & CONTINUED
    return code_points


def _closed_up(data: Bytes, offsets: npt.NDArray[np.int32]) -> tuple[Bytes, npt.NDArray[np.int32]]:
    present = data != ABSENT
    present_before = np.concatenate(([0], np.cumsum(present, dtype=np.int32)))
    return data[present], present_before[offsets]
