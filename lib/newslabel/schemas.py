"""The tables' contracts: columns, types, nullability, partitioning, constraints and comments, each stated once."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyspark.sql.types import StructType

SCHEMA_VERSION = "newslabel.schemaVersion"
NO_CHECKS: Mapping[str, str] = MappingProxyType({})
YEAR_OF_HISTORY = MappingProxyType(
    {"delta.deletedFileRetentionDuration": "interval 365 days", "delta.logRetentionDuration": "interval 365 days"}
)


@dataclass(frozen=True)
class Column:
    """One column: `type` as Spark SQL writes it."""

    name: str
    type: str
    comment: str
    nullable: bool = False


@dataclass(frozen=True)
class TableContract:
    """What a table holds, whoever writes or reads it."""

    name: str
    comment: str
    columns: tuple[Column, ...]
    partitioned_by: tuple[str, ...]
    checks: Mapping[str, str] = field(default_factory=lambda: NO_CHECKS)
    properties: Mapping[str, str] = field(default_factory=lambda: NO_CHECKS)
    version: int = 1

    @property
    def column_names(self) -> list[str]:
        """The columns' names, in order."""
        return [column.name for column in self.columns]

    def spark_schema(self) -> "StructType":
        """The contract as Spark's schema, comments included."""
        from pyspark.sql.types import StructType, _parse_datatype_string

        schema = StructType()
        for column in self.columns:
            data_type = _parse_datatype_string(column.type)
            schema.add(column.name, data_type, nullable=column.nullable, metadata={"comment": column.comment})
        return schema


ARTICLE_ID = Column("article_id", "string", "hash of story_id and content: one version of one story")
STORY_ID = Column("story_id", "string", "hash of the canonical URL, or of source and title: all versions of one story")
CRAWL_DATE = Column("crawl_date", "date", "the day on which the article was crawled")
SOURCE = Column("source", "string", "who published it", nullable=True)

ARTICLES = TableContract(
    name="articles",
    comment="Articles as they were crawled, one row a version of a story",
    partitioned_by=("crawl_date",),
    columns=(
        ARTICLE_ID,
        STORY_ID,
        CRAWL_DATE,
        Column("published_at", "timestamp", "when the source says it was published, UTC", nullable=True),
        SOURCE,
        Column("url", "string", "its address as crawled", nullable=True),
        Column("author", "string", "its author or authors", nullable=True),
        Column("title", "string", "its headline", nullable=True),
        Column("text", "string", "its body", nullable=True),
        Column("label", "string", "its class where a person labelled it, else null", nullable=True),
        Column("content_hash", "string", "hash of title and text"),
        Column("file", "string", "the file it came from"),
        Column("position", "bigint", "its record's number in that file, from 1"),
        Column("batch_id", "string", "the run that ingested it"),
        Column("ingested_at", "timestamp", "when it was ingested, UTC"),
    ),
)

REJECTED = TableContract(
    name="rejected",
    comment="Records that were not taken in, with all reasons",
    partitioned_by=("ingest_date",),
    columns=(
        Column("file", "string", "the file it came from"),
        Column("file_hash", "string", "SHA-256 of that file; of its path, if it could not be opened"),
        Column("position", "bigint", "its record's number in that file, from 1"),
        Column("raw", "string", "the record: the line itself, or its fields as JSON", nullable=True),
        Column("reasons", "array<string>", "every rule that it broke"),
        Column("batch_id", "string", "the run that rejected it"),
        Column("ingested_at", "timestamp", "when it was rejected, UTC"),
        Column("ingest_date", "date", "the day of ingested_at, UTC"),
        Column("crawl_date", "date", "the day given for its file; null where a record has its own", nullable=True),
    ),
    checks={"some_reason": "size(reasons) > 0"},
)

FILES = TableContract(
    name="files",
    comment="The crawl files that were taken in; one found in a folder is not read again while it stays the same",
    partitioned_by=(),
    columns=(
        Column("file", "string", "its path or URI"),
        Column("file_hash", "string", "SHA-256 of the file; of its path, if it could not be opened"),
        Column("size_bytes", "bigint", "as it is stored"),
        Column("modified_at", "timestamp", "when it was written, UTC", nullable=True),
        Column("records", "bigint", "records that were read in it, good or bad"),
        Column("problem", "string", "why it could not be read to its end", nullable=True),
        Column("batch_id", "string", "the run that took it in"),
        Column("ingested_at", "timestamp", "when it was taken in, UTC"),
    ),
)

EXAMPLES = TableContract(
    name="examples",
    comment="Encoded labelled articles of one tokenization; never changed",
    partitioned_by=("split",),
    columns=(
        ARTICLE_ID,
        Column("token_ids", "array<int>", "ids of the words that the model reads, cut to its length"),
        Column("n_tokens", "int", "words after cleaning, known or not, before the cut"),
        Column("unknown_share", "float", "share of those words that the vocabulary lacks"),
        Column(
            "features",
            "array<float>",
            "what the model reads beside the words, numbers in the encoder's order; null if it gives none",
            nullable=True,
        ),
        Column("label", "string", "its class"),
        SOURCE,
        CRAWL_DATE,
        Column("split", "string", "train, validation or test"),
    ),
    checks={"known_split": "split IN ('train', 'validation', 'test')"},
)

LABELS = TableContract(
    name="labels",
    comment="The champion's labels, one row an article of the partition",
    partitioned_by=("crawl_date",),
    columns=(
        ARTICLE_ID,
        STORY_ID,
        CRAWL_DATE,
        Column("label", "string", "a class of the corpus, or UNSURE"),
        Column(
            "probability",
            "double",
            "of the positive class, 4 decimals; null if nothing is left to score",
            nullable=True,
        ),
        Column("reason", "string", "why it is UNSURE, else null", nullable=True),
        Column("n_tokens", "int", "words after cleaning, known or not"),
        Column("unknown_share", "double", "share of those words that the model does not know"),
        Column("why", "string", "the words that moved the probability most, where asked for", nullable=True),
        Column("recipe", "string", "the model's recipe"),
        Column("model_version", "string", "the model's version in the registry"),
        Column("scored_at", "timestamp", "when it was labelled, UTC"),
        Column("run_id", "string", "the run that labelled it"),
    ),
    checks={
        "probability_is_a_share": "probability IS NULL OR (probability >= 0 AND probability <= 1)",
        "unsure_has_a_reason": "(label = 'UNSURE') = (reason IS NOT NULL)",
        "nothing_to_score_is_unsure": "probability IS NOT NULL OR label = 'UNSURE'",
    },
    properties=YEAR_OF_HISTORY,
)

SHADOW_LABELS = TableContract(
    name="shadow_labels",
    comment="Labels of versions that are not the champion",
    partitioned_by=("crawl_date", "model_version"),
    columns=LABELS.columns,
    checks=LABELS.checks,
    properties=LABELS.properties,
)

DRIFT = TableContract(
    name="drift",
    comment="How far the labels of each crawl date moved: from the model's validation part, from the weeks before",
    partitioned_by=("crawl_date",),
    columns=(
        CRAWL_DATE,
        Column("model_version", "string", "the version that labelled the date"),
        Column("feature", "string", "what moved: probability, n_tokens, unknown_share, positive, articles or sources"),
        Column("statistic", "string", "in what sense: psi, share_change, count, of_median or vanished"),
        Column("value", "double", "by how much"),
        Column(
            "threshold",
            "double",
            "what it was held against; null where there was too little to hold it against anything",
            nullable=True,
        ),
        Column("alert", "boolean", "whether it lies beyond the threshold"),
        Column("scored_at", "timestamp", "when those labels were made, UTC"),
        Column("run_id", "string", "the run that made those labels"),
        Column("computed_at", "timestamp", "when this was computed of them, UTC"),
    ),
    checks={"alert_has_a_threshold": "NOT alert OR threshold IS NOT NULL"},
)
