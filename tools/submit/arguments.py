"""Tells spark-submit's options, the job and the job's own options apart."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# spark-submit's options by whether a value follows; a test holds both lists against the installed Spark's own help
WITH_VALUE = {
    *(
        "--master",
        "--deploy-mode",
        "--remote",
        "--name",
        "--class",
        "--conf",
        "-c",
        "--properties-file",
        "--proxy-user",
    ),
    *("--jars", "--packages", "--exclude-packages", "--repositories", "--py-files", "--files", "--archives"),
    *("--driver-memory", "--driver-cores", "--driver-java-options", "--driver-library-path", "--driver-class-path"),
    *("--executor-memory", "--executor-cores", "--num-executors", "--total-executor-cores"),
    *("--queue", "--principal", "--keytab", "--kill", "--status"),
}
SWITCHES = {"--help", "-h", "--load-spark-defaults", "--supervise", "--verbose", "-v", "--version"}


class UsageError(Exception):
    """A command line that cannot be meant."""


@dataclass(frozen=True)
class CommandLine:
    """A command line, taken apart.

    Attributes:
        spark: spark-submit's options in order: (name, value), the value None for a switch.
        job: the job's name, or None where there is none.
        job_options: what follows the job.
    """

    spark: tuple[tuple[str, str | None], ...]
    job: str | None
    job_options: tuple[str, ...]

    def value(self, name: str) -> str | None:
        """The value of a spark-submit option; the last counts, as spark-submit has it."""
        return next((value for option, value in reversed(self.spark) if option == name), None)

    def has(self, *names: str) -> bool:
        """Whether any of these spark-submit options was given."""
        return any(option in names for option, _ in self.spark)

    @property
    def conf(self) -> dict[str, str]:
        """The properties given by --conf."""
        given = [value for option, value in self.spark if option in {"--conf", "-c"} and value is not None]
        return {key.strip(): text for key, _, text in (pair.partition("=") for pair in given)}


def take_apart(words: Sequence[str]) -> CommandLine:
    """The command line; the job is the first word that is neither an option nor an option's value.

    Raises:
        UsageError: an option that spark-submit does not know, or one whose value is missing.
    """
    spark: list[tuple[str, str | None]] = []
    rest = list(words)
    while rest and rest[0].startswith("-"):
        name, equals, text = rest.pop(0).partition("=")
        if name in SWITCHES and not equals:
            spark.append((name, None))
        elif name not in WITH_VALUE:
            raise UsageError(f"spark-submit knows no option {name}.{did_you_mean(name, WITH_VALUE | SWITCHES)}")
        elif equals:
            spark.append((name, text))
        elif rest:
            spark.append((name, rest.pop(0)))
        else:
            raise UsageError(f"{name} wants a value.")
    return CommandLine(tuple(spark), rest[0] if rest else None, tuple(rest[1:]))


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A sentence that names the nearest known word, with a blank before it; empty where none is near."""
    near = difflib.get_close_matches(word, sorted(known), n=1, cutoff=0.5)
    return f" Did you mean {near[0]}?" if near else ""
