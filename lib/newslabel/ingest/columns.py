"""Which column of a file holds which field, found by synonyms in any case."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from newslabel.errors import DataError

FIELDS = ("title", "text", "label", "url", "author", "source", "published_at", "crawl_date")

# How much of a file's columns a message shows.
COLUMNS_NAMED = 20
CHARACTERS_NAMED = 60


@dataclass(frozen=True)
class ColumnFinder:
    """Finds the fields among a file's columns.

    Attributes:
        synonyms: the column names that stand for each field, in any case; the first one that a file has counts. The
            field's own name stands for it last.
        required: the fields without which a file cannot be used.
    """

    synonyms: Mapping[str, Sequence[str]]
    required: tuple[str, ...] = ("text",)

    def find(self, columns: Sequence[str]) -> dict[str, int]:
        """The place of each field among the columns; a field that has none is left out.

        Args:
            columns: a file's column names; of equal ones the first counts.
        """
        places: dict[str, int] = {}
        for place, column in enumerate(columns):
            places.setdefault(_folded(column), place)
        found = {}
        for field, names in self.synonyms.items():
            known = (_folded(name) for name in (*names, field))
            place_of_field = next((places[name] for name in known if name in places), None)
            if place_of_field is not None:
                found[field] = place_of_field
        return found

    def require(self, found: Iterable[str], columns: Iterable[str]) -> None:
        """Refuses a file that lacks a required field.

        Args:
            found: the fields that were found.
            columns: the columns that the file has, for the message.

        Raises:
            DataError: names the field, the columns it is looked for in, and the columns that are there.
        """
        missing = [field for field in self.required if field not in set(found)]
        if missing:
            raise DataError(f"{' and '.join(map(self._wanted, missing))}. Received columns: {_listed(columns)}")

    def _wanted(self, field: str) -> str:
        hint = " (or give --crawl-date)" if field == "crawl_date" else ""
        return f"no {field} column, expected one of {_listed(self.synonyms.get(field, ()))}{hint}"


def _folded(column: str) -> str:
    return column.strip().casefold()


def _listed(names: Iterable[str]) -> str:
    """The names for a message; a binary file taken for CSV must not fill the screen."""
    shown = [f"{name!r:.{CHARACTERS_NAMED}}" for name in names]
    more = [f"and {len(shown) - COLUMNS_NAMED} more"] if len(shown) > COLUMNS_NAMED else []
    return ", ".join(shown[:COLUMNS_NAMED] + more) or "none"
