"""Questions that have a name: one file each in questions/, with typed parameters that are bound, never pasted into SQL.

A file begins with comments: a line that says what it answers, then a line a parameter,
`-- :name type = default  what it is`, of the types date, integer, number and text.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

from newslabel.days import named_day
from newslabel.errors import SettingsError, nearest

PARAMETER = re.compile(r"-- :(?P<name>\w+) (?P<type>date|integer|number|text) = (?P<default>\S+)\s+(?P<meaning>.+)")
FOLDER = files("newslabel.query") / "questions"


@dataclass(frozen=True)
class Parameter:
    """A parameter of a question; its default is written as people write its values."""

    name: str
    type: str
    default: str
    meaning: str


@dataclass(frozen=True)
class Question:
    """A question with a name; `parameters` by name."""

    name: str
    answers: str
    parameters: Mapping[str, Parameter]
    sql: str

    def bound(self, given: Sequence[str], zone: ZoneInfo) -> dict[str, Any]:
        """The values of all parameters.

        Args:
            given: `name=value` each; what is left out has its default.
            zone: in which yesterday is meant.

        Raises:
            SettingsError: an unknown name (names the nearest), or a value of another type.
        """
        texts = {name: parameter.default for name, parameter in self.parameters.items()}
        for pair in given:
            name, equals, text = pair.partition("=")
            if not equals or name not in texts:
                known = nearest(name, texts)
                raise SettingsError(f"--param takes name=value, of question {self.name}.{known} Received: {pair!r}")
            texts[name] = text
        return {name: _value(self.parameters[name], text, zone) for name, text in texts.items()}


def question_names() -> list[str]:
    """The names of all questions, sorted."""
    return sorted(file.name.removesuffix(".sql") for file in FOLDER.iterdir() if file.name.endswith(".sql"))


def load_question(name: str) -> Question:
    """The question of that name.

    Raises:
        SettingsError: there is no such question; names the nearest.
    """
    names = question_names()
    if name not in names:
        raise SettingsError(f"there is no question of that name.{nearest(name, names)} Received: {name!r}")
    sql = (FOLDER / f"{name}.sql").read_text(encoding="utf-8")
    found = (PARAMETER.fullmatch(line) for line in sql.splitlines())
    parameters = [Parameter(**match.groupdict()) for match in found if match]
    answers = sql.splitlines()[0].removeprefix("-- ")
    return Question(name, answers, {parameter.name: parameter for parameter in parameters}, sql)


def listed_questions() -> list[tuple[str, str, str]]:
    """All questions: name, what they answer, their parameters with types and defaults."""
    questions = map(load_question, question_names())
    return [(question.name, question.answers, _described(question)) for question in questions]


def _described(question: Question) -> str:
    return "; ".join(f"{each.name}={each.default}: {each.meaning}" for each in question.parameters.values())


def _value(parameter: Parameter, text: str, zone: ZoneInfo) -> date | int | float | str:
    option = f"--param {parameter.name}"
    if parameter.type == "date":
        return named_day(text, zone, option=option)
    try:
        return READERS[parameter.type](text)
    except ValueError as error:
        raise SettingsError(f"{option} takes a value of the type {parameter.type}. Received: {text!r}") from error


READERS: Mapping[str, Callable[[str], int | float | str]] = {"integer": int, "number": float, "text": str}
