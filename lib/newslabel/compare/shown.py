"""A comparison's figures as tables that people read, on a terminal or in a document."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

MIB = 1 << 20
NOT_SAID = "none"  # such as the AUC of one class alone


class Shown(NamedTuple):
    """A table: its title, its columns' names, and its rows, all of text."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


def shown_tables(figures: Mapping[str, Any]) -> list[Shown]:
    """The tables of a comparison: all rows side by side, and accuracy where the least certain articles are UNSURE.

    Args:
        figures: as `compared_figures` gives them, or JSON gives them back.
    """
    return [_main(figures), _coverage(figures)]


def _main(figures: Mapping[str, Any]) -> Shown:
    seeds = f" and {figures['seeds']} seeds" if figures["seeds"] > 1 else ""
    title = f"{figures['resplits']} resplits{seeds}; errors and p over {figures['articles']} articles, each once"
    columns = ["recipe", "accuracy", f"less {figures['baseline']}'s", "p", "AUC", "calibration error", "Brier score"]
    columns += [f"{name} on {pattern}" for pattern in figures["patterns"] for name in ("accuracy", "AUC")]
    columns += ["s to train", "samples/s", "articles/s scored", "MiB"]
    return Shown(title, columns, [_main_row(row) for row in figures["rows"]])


def _main_row(row: Mapping[str, Any]) -> list[str]:
    less, mcnemar, costs = row["less_baseline"], row["mcnemar"], row["costs"]
    return [
        row["name"],
        _with_spread(row["accuracy"]),
        _with_bounds(less["accuracy"], sign="+") if less else "",
        f"{mcnemar['p_value']:.2g}" if mcnemar else "",
        _with_spread(row["auc"]),
        _with_bounds(row["calibration_error"]),
        _with_bounds(row["brier"]),
        *(_share(part[name]) for part in row["files"].values() for name in ("accuracy", "auc")),
        f"{costs['train_seconds']:,.1f}",
        f"{costs['samples_per_s']:,.0f}",
        f"{costs['articles_per_s']:,.0f}",
        f"{costs['bundle_bytes'] / MIB:,.1f}",
    ]


def _coverage(figures: Mapping[str, Any]) -> Shown:
    shares = list(figures["rows"][0]["coverage"])
    columns = ["recipe", *(f"{float(share):.0%}" for share in shares)]
    rows = [[row["name"], *(_share(row["coverage"][share]) for share in shares)] for row in figures["rows"]]
    return Shown("accuracy where so many articles are labelled, and the least certain are UNSURE", columns, rows)


def _with_spread(figure: Mapping[str, float | None]) -> str:
    return f"{_share(figure['mean'])} ± {_share(figure['spread'])}"


def _with_bounds(figure: Mapping[str, float | None], sign: str = "") -> str:
    return f"{_share(figure['value'], sign)} ({_share(figure['low'], sign)} to {_share(figure['high'], sign)})"


def _share(value: float | None, sign: str = "") -> str:
    return NOT_SAID if value is None else f"{value:{sign}.3f}"
