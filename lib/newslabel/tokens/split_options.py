"""From a command line's options to a split."""

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Literal

from newslabel.days import named_day
from newslabel.errors import SettingsError
from newslabel.settings import Settings

if TYPE_CHECKING:  # a job's --help shows the options, and needs no PySpark
    from newslabel.tokens.splits import FoldsSplit, Split

SplitName = Literal["hash", "files", "date", "source", "folds"]
DateName = Literal["crawl_date", "published_at"]
# which options a split must have, and which it may have; another split's are refused
NEEDED = {"hash": (), "files": ("test_files",), "date": ("by", "test_from"), "source": (), "folds": ("folds", "fold")}
ALLOWED = {"hash": ("train_share",), "files": (), "date": (), "source": ("train_share",), "folds": ()}


@dataclass(frozen=True)
class SplitOptions:
    """How the articles are to be divided, as a command line says it; None where it does not.

    Attributes:
        name: the split.
        test_files: of `files`: the pattern of the test files.
        by: of `date`: the date that counts.
        test_from: of `date`: the first day that tests, as `named_day` takes it.
        folds: of `folds`: how many.
        fold: of `folds`: the one that tests, from 1.
        train_share: of `hash` and `source`; default: the setting.
        validation_share: of any split; default: the setting.
    """

    name: SplitName = "hash"
    test_files: str | None = None
    by: DateName | None = None
    test_from: str | None = None
    folds: int | None = None
    fold: int | None = None
    train_share: float | None = None
    validation_share: float | None = None


def split_by(options: SplitOptions, settings: Settings) -> "Split":
    """The split that a command line asks for.

    Args:
        options: of the command line.
        settings: seed and shares, where the options do not say, and the time zone of days.

    Raises:
        SettingsError: an option that the split lacks or does not take, or one with an impossible value.
    """
    from newslabel.tokens.splits import DateSplit, FilesSplit, HashSplit, SourceSplit

    _check_options(options)
    seed, validation_share = settings.tokenize.seed, _validation_share(options, settings)
    if options.test_files is not None:
        return FilesSplit(options.test_files, seed, validation_share)
    if options.by is not None and options.test_from is not None:
        day = named_day(options.test_from, settings.crawl.zone, option="--test-from")
        return DateSplit(options.by, day, settings.crawl.time_zone, seed, validation_share)
    if options.folds is not None and options.fold is not None:
        return _folds(options.folds, options.fold, seed, validation_share)
    split_class = SourceSplit if options.name == "source" else HashSplit
    return split_class(seed, _train_share(options, settings, validation_share), validation_share)


def _check_options(options: SplitOptions) -> None:
    given = [name for name, value in asdict(options).items() if value is not None and name != "name"]
    lacking = [name for name in NEEDED[options.name] if name not in given]
    if lacking:
        raise SettingsError(f"--split {options.name} takes {_listed(lacking)} as well. Received: {_listed(given)}")
    taken = {*NEEDED[options.name], *ALLOWED[options.name], "validation_share"}
    for name in given:
        if name not in taken:
            owners = [split for split in NEEDED if name in (*NEEDED[split], *ALLOWED[split])]
            raise SettingsError(
                f"{_listed([name])} goes with --split {' or '.join(owners)}. Received: --split {options.name}"
            )


def _listed(names: list[str]) -> str:
    return " and ".join(f"--{name.replace('_', '-')}" for name in names) or "none of them"


def _validation_share(options: SplitOptions, settings: Settings) -> float:
    share = settings.tokenize.validation_share if options.validation_share is None else options.validation_share
    if not 0 <= share < 1:
        raise SettingsError(f"--validation-share must be 0 or above, and below 1. Received: {share}")
    return share


def _train_share(options: SplitOptions, settings: Settings, validation_share: float) -> float:
    share = settings.tokenize.train_share if options.train_share is None else options.train_share
    if not 0 < share < 1 - validation_share:
        raise SettingsError(
            "--train-share must be above 0, and leave with --validation-share a share for the test part. "
            f"Received: {share} and {validation_share}"
        )
    return share


def _folds(folds: int, fold: int, seed: int, validation_share: float) -> "FoldsSplit":
    from newslabel.tokens.splits import FoldsSplit

    if not 1 <= fold <= folds or folds == 1:
        raise SettingsError(f"--folds must be 2 or more, and --fold from 1 to it. Received: {fold} of {folds}")
    return FoldsSplit(folds, fold, seed, validation_share)
