"""What tests of labelling share: the model made by hand, as a bundle and a champion; articles; the job itself."""

import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from by_hand import Article, FakeRegistry, append_articles, write_bundle
from delta.tables import DeltaTable as SparkDeltaTable
from pyspark.sql import SparkSession
from two_days import TWO_DAYS

from newslabel.schemas import ARTICLES, TableContract
from newslabel.score import ScoreRequest, ScoreSummary, score_articles
from newslabel.settings import Settings
from newslabel.table_making import create_table
from newslabel.tables import read_table, table_path

MakeBundle = Callable[..., str]
AddArticles = Callable[[Sequence[Article]], None]
Contents = Callable[..., list[tuple[Any, ...]]]


@pytest.fixture
def make_bundle(tmp_path: Path) -> MakeBundle:
    """Writes a bundle of that name, with what `write_bundle` takes."""
    return lambda name="bundle", **options: write_bundle(tmp_path / "models" / name, **options)


@pytest.fixture
def settings(settings: Settings, kernels: Path, empty_registry: Path, tmp_path: Path) -> Settings:
    shutil.copy(empty_registry, tmp_path / "mlflow.db")
    return settings.model_copy(update={"score": settings.score.model_copy(update={"cache": str(kernels)})})


@pytest.fixture(scope="session")
def registry_of() -> Callable[..., FakeRegistry]:
    """A registry of bundles below a folder, each of what `write_bundle` takes, from version 1 on."""

    def make(folder: Path, *bundles: Mapping[str, Any]) -> FakeRegistry:
        registry = FakeRegistry()
        for number, options in enumerate(bundles, start=1):
            registry.add(str(number), write_bundle(folder / str(number), **options))
        return registry

    return make


@pytest.fixture
def registry(make_bundle: MakeBundle) -> FakeRegistry:
    """A registry whose champion is version 1, the model made by hand."""
    registry = FakeRegistry()
    registry.add("1", make_bundle())
    return registry


@pytest.fixture(scope="session")
def no_articles(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty table of articles, to be copied: Spark takes long to make one."""
    path = tmp_path_factory.mktemp("empty") / "articles"
    create_table(spark, str(path), ARTICLES)
    return path


@pytest.fixture
def add_articles(settings: Settings, no_articles: Path) -> AddArticles:
    """Puts articles into the table, which is made where it is missing."""
    table = Path(table_path(settings, ARTICLES))

    def add(articles: Sequence[Article]) -> None:
        if not table.exists():
            shutil.copytree(no_articles, table)
        append_articles(table, articles)

    return add


@pytest.fixture(scope="session")
def label_tables(spark: SparkSession, no_articles: Path, kernels: Path) -> Callable[..., ScoreSummary]:
    """Makes a folder's tables of these articles, and lets version 1 label them."""

    def make(folder: Path, articles: Sequence[Article]) -> ScoreSummary:
        shutil.copytree(no_articles, folder / "tables" / "articles")
        append_articles(folder / "tables" / "articles", articles)
        registry = FakeRegistry()
        registry.add("1", write_bundle(folder / "bundle"))
        places = {"tables": {"root": str(folder / "tables")}, "score": {"cache": str(kernels)}}
        return score_articles(spark, Settings.model_validate(places), registry=registry)

    return make


@pytest.fixture
def contents(spark: SparkSession, settings: Settings) -> Contents:
    """What a table holds in the columns named, sorted."""

    def read(contract: TableContract, *columns: str) -> list[tuple[Any, ...]]:
        table = read_table(spark, table_path(settings, contract), contract)
        return sorted((tuple(row) for row in table.select(*columns).collect()), key=repr)

    return read


@pytest.fixture(scope="module")
def two_days(
    label_tables: Callable[..., ScoreSummary], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, ScoreSummary]:
    """The tables of two days, and what the run said that labelled them."""
    folder = tmp_path_factory.mktemp("two-days")
    return folder, label_tables(folder, TWO_DAYS)


@pytest.fixture
def labelled(two_days: tuple[Path, ScoreSummary], tmp_path: Path) -> ScoreSummary:
    """Two days that version 1 has labelled; what that run said."""
    folder, summary = two_days
    shutil.copytree(folder / "tables", tmp_path / "tables")
    return summary


@pytest.fixture
def score(spark: SparkSession, settings: Settings, registry: FakeRegistry) -> Callable[..., ScoreSummary]:
    """Runs the job as it would run at night, with what a test asks for."""

    def run(registry: Any = registry, **asked: Any) -> ScoreSummary:
        return score_articles(spark, settings, ScoreRequest(**asked), registry=registry)

    return run


@pytest.fixture
def commits(spark: SparkSession, settings: Settings) -> Callable[[TableContract], int]:
    """How many commits a table has."""
    return lambda contract: SparkDeltaTable.forPath(spark, table_path(settings, contract)).history().count()


@pytest.fixture
def amid_the_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., list[int]]]:
    """Lets something be done, once, while a worker is at the first partition, whose transaction has begun.

    What is called returns a list that grows with each write of labels.
    """
    begun, done, others = tmp_path / "begun", tmp_path / "done", []

    def slowly(batches: Any) -> Any:  # travels to the worker, which knows nothing of this file
        Path(begun).touch()
        while not Path(done).exists():
            time.sleep(0.05)
        yield from batches

    def arrange(other: Callable[[], Any]) -> list[int]:
        from newslabel.score import label_tables as module

        write, writes = module.replace_partition, []

        def write_slowly(rows: Any, **options: Any) -> None:
            writes.append(1)
            write(rows if len(writes) > 1 else rows.mapInArrow(slowly, rows.schema), **options)

        def work() -> None:
            wait_for(begun)
            try:
                other()
            finally:
                done.touch()

        monkeypatch.setattr(module, "replace_partition", write_slowly)
        others.append(ThreadPoolExecutor(1).submit(work))
        return writes

    yield arrange
    for each in others:
        each.result()


def wait_for(file: Path) -> None:
    until = time.monotonic() + 60
    while not file.exists():
        assert time.monotonic() < until
        time.sleep(0.05)
