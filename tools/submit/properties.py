"""Spark's properties as spark-submit will see them, read before it starts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from arguments import CommandLine

# options that have a property of the same meaning, which they override
OPTION_OF = {
    "spark.master": "--master",
    "spark.submit.deployMode": "--deploy-mode",
    "spark.jars": "--jars",
}
EVERY_CORE = "local[*]"


def spark_properties(line: CommandLine, conf_dir: Path) -> dict[str, str]:
    """Keys and values in force: spark-defaults.conf, then --properties-file, then --conf, then the options.

    Args:
        line: the command line.
        conf_dir: Spark's configuration folder.

    Returns:
        The properties; spark.master is always among them.
    """
    properties = {"spark.master": EVERY_CORE} | read_properties(conf_dir / "spark-defaults.conf")
    own = line.value("--properties-file")
    if own:
        properties |= read_properties(Path(own))
    properties |= line.conf
    options = {key: line.value(option) for key, option in OPTION_OF.items()}
    return properties | {key: value for key, value in options.items() if value is not None}


def read_properties(file: Path) -> dict[str, str]:
    """The keys and values of a properties file; none where there is no such file (spark-submit says so)."""
    if not file.is_file():
        return {}
    lines = (text.strip() for text in file.read_text(encoding="utf-8").splitlines())
    pairs = (text.replace("=", " ", 1).split(None, 1) for text in lines if not text.startswith(("#", "!")))
    return {pair[0]: pair[1] for pair in pairs if len(pair) == len(("key", "value"))}
