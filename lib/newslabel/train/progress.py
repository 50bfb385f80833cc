"""How far a training is, as its driver shows it: a bar on a terminal, lines in a log, and a line for every epoch."""

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from newslabel.logs import SECONDS_BETWEEN_LINES, log_event
from newslabel.train.work_files import Progress, read_epochs, read_progress

if TYPE_CHECKING:
    from rich.progress import Progress as Bar


class ShownProgress:
    """Shows what the ranks left in the work folder since the last call; each epoch once, however often ranks start."""

    def __init__(self, work_uri: str, *, epochs: int | None, bar: "Bar | None" = None) -> None:
        self._work_uri = work_uri
        self._epochs = epochs
        self._shown = 0
        self._bar = bar
        self._task = bar.add_task("the ranks start", total=None) if bar else None
        self._told_at = time.monotonic()
        self._told: Progress | None = None

    def __call__(self) -> None:
        """Shows it."""
        if self._epochs is None:
            return
        try:
            epochs, progress = read_epochs(self._work_uri), read_progress(self._work_uri)
        except OSError as error:
            # no training is lost because somebody could not look on
            log_event("progress_not_read", reason=error)
            return
        for figures in epochs[self._shown :]:
            self._shown += 1
            rounded = {name: round(value, 4) for name, value in figures.items() if name != "epoch"}
            log_event("epoch", epoch=f"{self._shown}/{self._epochs}", **rounded)
        if progress is not None:
            self._show(progress)

    def skip(self, epochs: Sequence[object]) -> None:
        """Takes these first epochs as shown."""
        self._shown = len(epochs)

    def _show(self, progress: Progress) -> None:
        epoch = f"{progress.epoch}/{self._epochs}"
        if self._bar is not None and self._task is not None:
            speed = f"{progress.samples_per_s:,.0f} texts/s, {_clock(progress.seconds_left)} left"
            told = f"epoch {epoch}  loss {progress.loss:.4f}  {speed}"
            self._bar.update(self._task, description=told, total=progress.steps, completed=progress.step)
        elif progress != self._told and time.monotonic() - self._told_at > SECONDS_BETWEEN_LINES:
            self._told_at = time.monotonic()
            log_event(
                "progress",
                epoch=epoch,
                step=f"{progress.step}/{progress.steps}",
                loss=round(progress.loss, 4),
                samples_per_s=round(progress.samples_per_s),
                seconds_left=round(progress.seconds_left),
            )
        self._told = progress


@contextmanager
def shown_progress(work_uri: str, *, epochs: int | None) -> Iterator[ShownProgress]:
    """What shows the progress, whenever it is called.

    Args:
        work_uri: the training's work folder.
        epochs: how many there are to be; None of a learner, whose curve is there all at once, and is no news.
    """
    if not sys.stderr.isatty():
        yield ShownProgress(work_uri, epochs=epochs)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        yield ShownProgress(work_uri, epochs=epochs, bar=bar)


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}"
