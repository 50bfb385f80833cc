"""The whole way on the demo's corpus: crawl files in, a trained model's labels out, by the stages' own functions."""

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession

from newslabel.demo.corpus import Corpus, make_corpus
from newslabel.demo.place import fresh_folder
from newslabel.demo.steps import Steps
from newslabel.demo.vectors import WIDTH, write_vectors
from newslabel.errors import SettingsError, os_errors_as
from newslabel.ingest import IngestSummary, ingest_articles
from newslabel.models import promote_model
from newslabel.query import query_labels
from newslabel.recipes import Recipe, load_recipe
from newslabel.score import ScoreSummary, score_articles
from newslabel.session import spark_session
from newslabel.settings import Settings
from newslabel.tokens.examples import Tokenization
from newslabel.tokens.split_options import SplitOptions, split_by
from newslabel.tokens.tokenize import tokenize_articles
from newslabel.train import TrainSummary, train_model

STEPS = ("corpus", "vectors", "spark", "ingest", "tokenize", "train", "promote", "score", "query")
RECIPE = "glove_lstm"  # Horovod trains it, from word vectors, which the demo makes
QUESTION = "labels_by_day"
MOST_WORKERS = 2
ACCURACY = "test_accuracy"
ARTICLE = "article.txt"


@dataclass(frozen=True)
class Night:
    """What came of a night.

    Attributes:
        ingested: what became of the records.
        tokenized: the tokenization.
        trained: the model and its figures.
        scored: the labels.
        seconds: from start to end.
    """

    ingested: IngestSummary
    tokenized: Tokenization
    trained: TrainSummary
    scored: ScoreSummary
    seconds: float

    def facts(self) -> list[tuple[str, Any]]:
        """What is to be shown, name and value."""
        return [
            ("records read", self.ingested.read),
            ("articles", self.ingested.added),
            ("records repeated", self.ingested.repeated),
            ("records rejected", self.ingested.rejected),
            *((f"  {reason}", count) for reason, count in self.ingested.reasons.items()),
            ("labelled articles to learn from", self.tokenized.rows["train"]),
            ("words in the vocabulary", len(self.tokenized.vocabulary.words)),
            ("accuracy on the test part", self.trained.version.metrics[ACCURACY]),
            ("articles labelled", self.scored.articles),
            *((f"  {label}", count) for label, count in self.scored.labels.items()),
            ("seconds", self.seconds),
        ]


def run_night(settings: Settings, *, labelled: int = 4000, nightly: int = 300) -> Night:
    """Takes a corpus of its own making all the way, with a line a step on standard output.

    Args:
        settings: of the demo's corpus, whose folder is emptied first.
        labelled: articles to learn from.
        nightly: articles to label, of each of three nights.

    Raises:
        NewslabelError: whatever a stage raises.
    """
    recipe = load_recipe(RECIPE, Path(settings.corpus.recipes))
    with fresh_folder(settings) as folder:
        return _night(settings, recipe, folder, labelled=labelled, nightly=nightly)


def _night(settings: Settings, recipe: Recipe, folder: Path, *, labelled: int, nightly: int) -> Night:
    steps = Steps(STEPS)
    with os_errors_as(SettingsError, "the demo's folder must have room for its files", str(folder)):
        corpus, vectors = _files(folder, steps, labelled=labelled, nightly=nightly)
    with ExitStack() as until_labelled:
        with steps.next() as tell:
            spark = until_labelled.enter_context(spark_session(settings, job="run_demo"))
            tell(f"Spark {spark.version}, {spark.sparkContext.master}")
        with steps.next() as tell:
            ingested = ingest_articles(spark, settings, [str(file) for file in corpus.files], None)
            tell(f"{ingested.added:,} articles; {ingested.repeated:,} records repeated, {ingested.rejected:,} rejected")
        tokenized, trained = _model(spark, settings, recipe, steps, vectors)
        with steps.next() as tell:
            scored = score_articles(spark, settings)
            tell(f"{scored.articles:,} articles of {scored.partitions} crawl dates labelled")
    with steps.next() as tell:
        tell(f"the question {QUESTION}:")
    query_labels(settings, question=QUESTION)
    return Night(ingested, tokenized, trained, scored, steps.seconds)


def _files(folder: Path, steps: Steps, *, labelled: int, nightly: int) -> tuple[Corpus, Path]:
    with steps.next() as tell:
        corpus = make_corpus(folder / "crawl", labelled=labelled, nightly=nightly)
        (folder / ARTICLE).write_text(corpus.texts[-1], encoding="utf-8")
        tell(f"{corpus.records:,} records in {len(corpus.files)} files: CSV, JSON lines, Parquet")
    with steps.next() as tell:
        vectors = folder / "vectors.txt"
        tell(f"{write_vectors(corpus.texts, vectors):,} words, {WIDTH} numbers each")
    return corpus, vectors


def _model(
    spark: SparkSession, settings: Settings, recipe: Recipe, steps: Steps, vectors: Path
) -> tuple[Tokenization, TrainSummary]:
    with steps.next() as tell:
        split = split_by(SplitOptions(), settings)
        tokenized = tokenize_articles(spark, settings, recipe, split).tokenization
        tell(f"{sum(tokenized.rows.values()):,} labelled articles, {len(tokenized.vocabulary.words):,} words")
    with steps.next() as tell:
        workers = min(MOST_WORKERS, spark.sparkContext.defaultParallelism)
        trained = train_model(spark, settings, recipe, glove=str(vectors), workers=workers)
        accuracy = trained.version.metrics[ACCURACY]
        tell(f"{len(trained.epochs)} epochs, Horovod workers: {workers}; accuracy on the test part {accuracy:.3f}")
    with steps.next() as tell:
        promoted = promote_model(settings, trained.version.number)
        tell(f"version {promoted.version.number} is champion")
    return tokenized, trained
