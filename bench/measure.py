"""What the benches share: ways of doing one thing, measured side by side.

Every run that counts is a process of its own, on the same cores, and the ways take turns: what else the machine does
meets all of them alike. A figure is the median of a way's runs; what counts is its ratio to that of the first way, in
one run.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import typer

from newslabel.command import print_table

Figures = Mapping[str, float]


@dataclass(frozen=True)
class Case:
    """What a way is measured on.

    Attributes:
        folder: holds what was prepared; gone at the end.
        quick: sizes so small that the figures say nothing, to see that the bench runs.
        run: the number of the run, from 0: a seed for what is drawn.
    """

    folder: Path
    quick: bool
    run: int = 0


@dataclass(frozen=True)
class Bench:
    """A claim, and what shows it.

    Attributes:
        claim: the script's docstring, shown by --help.
        ways: each returns its figures by name; the first is the one that the others are held against.
        compared: which figure the ratios are of.
        prepare: leaves in the folder what the ways share.
        cores: how many all of them run on.
        apart: a way changes what the next would run: a quick run, too, has a process for each.
        quick_ways: those of a quick run, where the others run the same code; all, where none are named.
    """

    claim: str
    ways: Mapping[str, Callable[[Case], Figures]]
    compared: str
    prepare: Callable[[Case], None] = lambda _: None
    cores: int = 1
    apart: bool = False
    quick_ways: Collection[str] = ()


def cpu_seconds_of(work: Callable[[], object]) -> float:
    """What one call takes of a core: for work that never waits, its wall time were nobody else there."""
    began = time.process_time()
    work()
    return time.process_time() - began


def wall_seconds_of(work: Callable[[], object]) -> float:
    """What one call takes on the clock."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def peak_mib() -> float:
    """The most memory that this process has held; unlike getrusage's, no parent's counts."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def private_mib(pid: int) -> float:
    """The memory that a process holds of its own now; 0 where it has ended."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return 0.0
    kib = status.partition("RssAnon:")[2].split()
    return int(kib[0]) / 1024 if kib else 0.0


@contextmanager
def private_mib_watched(pids: Callable[[], Iterable[int]], *, every_s: float) -> Iterator[list[float]]:
    """What each of those processes holds in memory of its own, looked at every so often."""
    seen, done = [0.0], threading.Event()

    def watch() -> None:
        while not done.wait(every_s):
            seen.extend(map(private_mib, pids()))

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        yield seen
    finally:
        done.set()
        watching.join()


def run_bench(bench: Bench) -> None:
    """Makes a script the bench's command line."""

    def command(
        *,
        as_json: Annotated[bool, typer.Option("--json", help="End with one line of JSON.")] = False,
        quick: Annotated[bool, typer.Option("--quick", help="One tiny run: shows that it runs, nothing more.")] = False,
        runs: Annotated[int, typer.Option(min=1, help="How often each way is run.")] = 5,
        way: Annotated[str | None, typer.Option(hidden=True)] = None,
        run: Annotated[int, typer.Option(hidden=True)] = 0,
        folder: Annotated[Path, typer.Option(hidden=True)] = Path(),
    ) -> None:
        if way:
            sys.stdout.write("\n" + json.dumps(dict(bench.ways[way](Case(folder, quick, run)))))
        else:
            result = _measured(bench, quick=quick, runs=1 if quick else runs)
            _print(bench, result)
            if as_json:
                sys.stdout.write(json.dumps(result) + "\n")

    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command(help=bench.claim)(command)
    app()


def _measured(bench: Bench, *, quick: bool, runs: int) -> dict[str, Any]:
    cores = sorted(os.sched_getaffinity(0))[-bench.cores :]
    os.sched_setaffinity(0, cores)  # processes that this one starts stay there too
    ways = [way for way in bench.ways if not quick or not bench.quick_ways or way in bench.quick_ways]
    with tempfile.TemporaryDirectory(prefix="newslabel-bench-") as folder:
        case = Case(Path(folder), quick)
        bench.prepare(case)
        turns = [{way: _figures(bench, way, replace(case, run=run)) for way in ways} for run in range(runs)]
    figures = {name: _medians([turn[name] for turn in turns]) for name in ways}
    first = next(iter(figures.values()))[bench.compared]
    return {
        "bench": Path(sys.argv[0]).stem,
        "figures": figures,
        "ratios": {name: _ratio(figure[bench.compared], first) for name, figure in figures.items()} | {ways[0]: 1.0},
        "runs": turns,
        "cores": cores,
        "processor": _processor(),
        "quick": quick,
    }


def _figures(bench: Bench, way: str, case: Case) -> Figures:
    if case.quick and not bench.apart:  # nothing is timed: what one way leaves in the process may help the next
        return bench.ways[way](case)
    command = [sys.executable, sys.argv[0], "--way", way, "--run", str(case.run), "--folder", str(case.folder)]
    done = subprocess.run([*command, *(["--quick"] if case.quick else [])], stdout=subprocess.PIPE, check=True)
    figures: Figures = json.loads(done.stdout.splitlines()[-1])
    return figures


def _ratio(value: float, first: float) -> float | None:
    """How many times the first; None where that is 0, which it may be in a quick run, by what the clock tells."""
    return value / first if first else None


def _medians(runs: Sequence[Figures]) -> dict[str, float]:
    names = [name for name in runs[0] if all(name in run for run in runs)]  # what one run did not reach has no median
    return {name: statistics.median(run[name] for run in runs) for name in names}


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")


def _print(bench: Bench, result: Mapping[str, Any]) -> None:
    figures, ratios = result["figures"], result["ratios"]
    names = list(dict.fromkeys(name for figure in figures.values() for name in figure))
    print_table(
        bench.claim.splitlines()[0],
        ["way", *(name.replace("_", " ") for name in names), "times the first"],
        [[way, *(figures[way].get(name, "") for name in names), ratios[way] or ""] for way in figures],
    )
