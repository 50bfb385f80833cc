"""A scoring kernel that is read back from its folder is ready many times as soon as one that has to be compiled."""

from multiprocessing import get_context
from pathlib import Path
from tempfile import mkdtemp

from lstm_case import DENSE, UNITS, folded, made_weights
from measure import Bench, Case, Figures, cpu_seconds_of, run_bench

from newslabel.models.recurrent import RecurrentNetwork
from newslabel.score.recurrent import RecurrentKernel


def read_back(case: Case) -> Figures:
    folder = case.folder / "kernels"
    if not folder.exists():
        other = get_context("spawn").Process(target=_start, args=(folder,))
        other.start()
        other.join()
    return {"seconds": _start(folder)}


def compiled(case: Case) -> Figures:
    return {"seconds": _start(Path(mkdtemp(dir=case.folder)))}


def _start(folder: Path) -> float:
    network, weights = RecurrentNetwork(units=UNITS, dense=(DENSE,)), folded(made_weights())
    return cpu_seconds_of(lambda: RecurrentKernel(network, weights.__getitem__, folder))


if __name__ == "__main__":
    run_bench(Bench(str(__doc__), {"read back": read_back, "compiled": compiled}, compared="seconds"))
