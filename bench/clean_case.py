"""What the cleaning benches clean: real articles, repeated, where there are any (REAL_NEWS_DATA, ../shared/data), else
made ones; and glove's rules, vocabulary and stop words for them."""

import csv
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS
from texts import made_texts

from newslabel.clean import Cleaner
from newslabel.recipes import Recipe, load_recipe
from newslabel.schemas import EXAMPLES
from newslabel.tokens import Vocabulary
from newslabel.tokens.encoded_articles import KEPT

CHECKOUT = Path(__file__).resolve().parents[1]
DATA = Path(os.environ.get("REAL_NEWS_DATA") or CHECKOUT.parent / "shared" / "data")
ROWS_A_GROUP = 8192


@dataclass(frozen=True)
class CleaningCase:
    recipe: Recipe
    vocabulary: Vocabulary
    stop_words: tuple[str, ...]
    articles: pa.Table  # each once: title, text

    @property
    def fields(self) -> Mapping[str, pa.Array]:
        return {name: self.articles[name].combine_chunks() for name in ("title", "text")}


def cleaning_case(*, quick: bool) -> CleaningCase:
    recipe = load_recipe("glove_lstm", CHECKOUT / "conf" / "recipes")
    articles = _articles().slice(0, 50 if quick else None)
    stop_words = tuple(sorted(ENGLISH_STOP_WORDS))
    return CleaningCase(recipe, vocabulary_of(recipe, articles, stop_words), stop_words, articles)


def vocabulary_of(recipe: Recipe, articles: pa.Table, stop_words: Sequence[str]) -> Vocabulary:
    """The articles' most frequent words, as many as the recipe asks for."""
    words = Cleaner(recipe.clean.rules, stop_words).words(*(articles[name] for name in recipe.clean.fields)).values
    counts = pa.table(pc.value_counts(words.cast(pa.string())).flatten(), ["word", "count"])
    top = counts.sort_by([("count", "descending"), ("word", "ascending")])[: recipe.tokens.max_words]
    return Vocabulary.from_table(top)


def _articles() -> pa.Table:
    file = DATA / "news" / "isot.csv"
    if not file.exists():
        texts = made_texts(2400, datelines=0.4)
        return pa.table({"title": pc.utf8_slice_codeunits(texts, 0, 60), "text": texts})
    csv.field_size_limit(1 << 30)
    with file.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    return pa.table({name: [row[name] for row in rows] for name in ("title", "text")})


def write_articles(articles: pa.Table, file: Path, count: int) -> None:
    """A Parquet file of so many articles, with the columns that a tokenization asks for."""
    types = {column.name: column.type for column in EXAMPLES.columns}
    for name in KEPT:
        value = date(2026, 11, 20) if types[name] == "date" else name
        articles = articles.append_column(name, pa.array([value] * len(articles)))
    times = -(-count // len(articles))
    with pq.ParquetWriter(file, articles.schema) as writer:
        for begin in range(0, times * len(articles), len(articles)):
            writer.write_table(articles.slice(0, count - begin), row_group_size=ROWS_A_GROUP)
