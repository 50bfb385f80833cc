"""What can be set: one frozen class a section of the settings file, in the order of `conf/newslabel.toml`.

Every key stands in that file with its meaning; the defaults here are the same (a test holds them together).
"""

import re
from typing import Annotated, Literal, get_args
from zoneinfo import ZoneInfo, available_timezones

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    model_validator,
)

SQLITE = "sqlite:///"  # how the URI of a database in a file begins
Share = Annotated[float, Field(ge=0, le=1)]


QualityRule = Literal[
    "empty_text",
    "no_title_no_text",
    "too_short",
    "too_long",
    "bad_word_length",
    "special_characters",
    "not_english",
    "mojibake",
    "boilerplate",
    "impossible_date",
    "published_after_crawl",
    "unknown_label",
]


class LocationMark:
    """Marks a setting that names a place, so that a relative one is taken from the settings file's folder."""


Location = Annotated[str, LocationMark()]


# what Python has in a pattern and Java, which searches by it, has not, or takes for something else
PYTHON_ALONE = re.compile(r"(?<!\\)(?:\(\?(?:P|\(|[aLux]*[aLu])|\{,|\[\[|&&)|\\[UZ]")


def _regular_expression(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"a pattern must be a regular expression: {error}. Received: {pattern!r}") from error
    foreign = PYTHON_ALONE.search(pattern)
    if foreign:
        raise ValueError(f"a pattern must be one of Java too, which {foreign[0]!r} is not. Received: {pattern!r}")
    return pattern


Pattern = Annotated[str, AfterValidator(_regular_expression)]


def _known_zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError(f"a time zone must be one of the IANA database, like Europe/Berlin. Received: {name!r}")
    return name


class Section(BaseModel):
    """A section of the settings: cannot be changed, takes no key it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class CorpusSettings(Section):
    """What the corpus is: its name, its classes and how raw labels map to them, and by which recipe they are told."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")] = "news"
    labels: dict[str, tuple[str, ...]] = {
        "FAKE": ("fake", "1", "false", "unreliable"),
        "REAL": ("real", "0", "true", "reliable"),
    }
    recipes: Location = "recipes"
    recipe: str = "newslabel"

    @model_validator(mode="after")
    def _spellings_are_unambiguous(self) -> "CorpusSettings":
        spellings = [spelling.strip().lower() for raw in self.labels.values() for spelling in raw]
        twice = sorted({spelling for spelling in spellings if spellings.count(spelling) > 1})
        if twice:
            raise ValueError(f"a raw label may stand for one class only. Received twice: {', '.join(twice)}")
        if len(self.labels) != 2:  # noqa: PLR2004 - every model here tells two classes apart
            raise ValueError(f"a corpus has two classes. Received: {', '.join(self.labels)}")
        return self


class CrawlSettings(Section):
    """How dates are understood."""

    time_zone: Annotated[str, AfterValidator(_known_zone)] = "UTC"

    @property
    def zone(self) -> ZoneInfo:
        """The time zone in which a crawl date begins and ends."""
        return ZoneInfo(self.time_zone)


class TablesSettings(Section):
    """Where the tables are."""

    root: Location = "../data/tables"


class ModelsSettings(Section):
    """Where bundles are kept, and the registry that names them."""

    root: Location = "../data/models"
    registry_name: Annotated[str, Field(pattern=r"^[\w.-]+$")] = "news"
    tracking_uri: Location = "sqlite:///../data/mlflow.db"
    timeout_s: Annotated[float, Field(gt=0, le=15)] = 10.0


class IngestSettings(Section):
    """How crawl files are read and what makes a record bad."""

    columns: dict[
        Literal["title", "text", "label", "url", "author", "source", "published_at", "crawl_date"], tuple[str, ...]
    ] = {
        "title": ("title", "headline"),
        "text": ("text", "content", "body", "article"),
        "label": ("label", "class", "type", "target"),
        "url": ("url", "link"),
        "author": ("author", "authors", "byline"),
        "source": ("source", "domain", "site", "publisher"),
        "published_at": ("published_at", "published", "date", "pubdate"),
        "crawl_date": ("crawl_date", "scraped_at", "crawled_at"),
    }
    lookback_days: Annotated[int, Field(ge=0, le=3650)] = 7
    max_record_bytes: Annotated[int, Field(ge=1024, le=67_108_864)] = 1_048_576
    mojibake: Literal["repair", "reject", "keep"] = "repair"
    rules: tuple[QualityRule, ...] = get_args(QualityRule)
    min_words: PositiveInt = 5
    max_words: PositiveInt = 100_000
    min_word_length: Annotated[float, Field(ge=0)] = 3.0
    max_word_length: Annotated[float, Field(gt=0)] = 10.0
    max_special_share: Share = 0.25
    min_stop_word_share: Share = 0.05
    language_detector: bool = True
    boilerplate: tuple[Pattern, ...] = (
        r"\b(404|page) not found\b",
        r"\b(access denied|403 forbidden|503 service unavailable)\b",
        r"\b(enable|turn on|activate) (javascript|cookies)\b",
        r"\b(we|this (web)?site) uses? cookies\b",
        r"\b(accept|manage) (all )?cookies\b",
        r"\b(are you a robot|(that|if) you are (a )?human)\b",
        r"\bchecking your browser\b",
        r"\b(subscribe|log in|sign in|register) to (continue|read)\b",
    )
    max_boilerplate_words: PositiveInt = 100
    late_days: Annotated[int, Field(ge=0)] = 1


class TokenizeSettings(Section):
    """How articles are divided into the parts of a tokenization, and which are kept out."""

    seed: int = 0
    train_share: Annotated[float, Field(gt=0, lt=1)] = 0.8
    validation_share: Annotated[float, Field(ge=0, lt=1)] = 0.1
    max_repeats: PositiveInt = 10
    near_duplicate_similarity: Annotated[float, Field(ge=0.5, le=1)] = 0.8
    leak_gain: Share = 0.1
    leak_precision: Annotated[float, Field(ge=0.5, le=1)] = 0.97
    leak_min_articles: PositiveInt = 20

    @model_validator(mode="after")
    def _something_is_left_to_test(self) -> "TokenizeSettings":
        if self.train_share + self.validation_share >= 1:
            raise ValueError("train_share and validation_share must leave a share for the test part")
        return self


class TrainSettings(Section):
    """How ranks are started."""

    workers: PositiveInt = 1
    start_timeout_s: PositiveInt = 120
    checkpoint_minutes: PositiveFloat = 10
    mixed_precision: bool = True
    restarts: NonNegativeInt = 3


class BertSettings(Section):
    """Where recipes that begin with a pretrained network find it."""

    preset: Location = "../data/bert"


class PromoteSettings(Section):
    """The gate that a model version passes before it becomes champion."""

    min_test_accuracy: Share = 0.8
    max_accuracy_loss: Share = 0.02
    compare: bool = False
    min_compared: PositiveInt = 1000
    min_agreement: Share = 0.9


class ScoreSettings(Section):
    """How articles are scored."""

    batch_size: PositiveInt = 2048
    bytes_per_batch: PositiveInt = 16_777_216
    cache: Location = "../data/cache"


class DriftSettings(Section):
    """What is held against new labels, and how far they may move before it is told."""

    window_days: PositiveInt = 28
    min_dates: PositiveInt = 7
    min_articles: PositiveInt = 100
    max_psi: PositiveFloat = 0.25
    max_share_change: Share = 0.1
    min_volume: Share = 0.5
    max_volume: Annotated[float, Field(ge=1)] = 2.0
    regular_share: Annotated[float, Field(gt=0, le=1)] = 0.9
    max_vanished_sources: NonNegativeInt = 0


class QuerySettings(Section):
    """What a query may take."""

    memory_limit: Annotated[str, Field(pattern=r"^\d+(\.\d+)?\s?(KB|MB|GB|KiB|MiB|GiB)$")] = "2GB"
    row_limit: PositiveInt = 100


class Settings(Section):
    """All settings of one corpus."""

    corpus: CorpusSettings = CorpusSettings()
    crawl: CrawlSettings = CrawlSettings()
    tables: TablesSettings = TablesSettings()
    models: ModelsSettings = ModelsSettings()
    ingest: IngestSettings = IngestSettings()
    tokenize: TokenizeSettings = TokenizeSettings()
    train: TrainSettings = TrainSettings()
    bert: BertSettings = BertSettings()
    promote: PromoteSettings = PromoteSettings()
    score: ScoreSettings = ScoreSettings()
    drift: DriftSettings = DriftSettings()
    query: QuerySettings = QuerySettings()
