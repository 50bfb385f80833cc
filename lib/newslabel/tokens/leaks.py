"""Words whose presence alone nearly tells the class: datelines, credit lines; to be stripped before they are learnt."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as f

from newslabel.clean import TEXT_RULES, Cleaner
from newslabel.recipes import Recipe
from newslabel.settings import TokenizeSettings
from newslabel.tokens.information_gain import Floats, class_entropy, information_gain
from newslabel.tokens.vocabulary import FIRST_WORD, Vocabulary

MOST_LEAKS = 10
SAMPLED_ARTICLES = 50  # of those that have a word
# the rules that take something away, and do not only write it otherwise
STRIPPING_RULES = ("html", "urls", "emails", "mentions", "hashtags", "datelines")


@dataclass(frozen=True)
class Leak:
    """A word that nearly tells the class.

    Attributes:
        word: the word; several, where ids are hashed and they share one.
        gain: how much of the doubt about an article's class its presence or absence takes away, 0 to 1.
        label: the class of most articles with the word.
        precision: the share of those articles that are of that class.
        articles: how many training articles have the word.
        rule: the cleaning rule, not in the recipe yet, that strips it from most of them; None where there is none.
    """

    word: str
    gain: float
    label: str
    precision: float
    articles: int
    rule: str | None = None

    def shown(self) -> tuple[str, str, float, float, int, str]:
        """What is to be shown: word, class, share of that class, gain, articles, rule."""
        return self.word, self.label, self.precision, self.gain, self.articles, self.rule or "none"


def find_leaks(
    training: DataFrame,
    articles: DataFrame,
    rows: Mapping[str, int],
    recipe: Recipe,
    vocabulary: Vocabulary,
    settings: TokenizeSettings,
    stop_words: Sequence[str],
) -> list[Leak]:
    """The words that nearly tell the class, those that tell most first.

    They are looked for in what the model reads: after cleaning and the cut.

    Args:
        training: article_id, token_ids and label of the training part's examples, of both classes.
        articles: the training part's articles, for the words' names and the rules that strip them.
        rows: how many training examples each class has.
        recipe: its classes, fields and cleaning rules.
        vocabulary: of the token ids.
        settings: how much a word must tell, how surely, and of how many articles.
        stop_words: as their list has them.
    """
    ids, negative, positive = _presence(training, recipe.classes.positive, vocabulary.size)
    whole, positives = rows[recipe.classes.negative] + rows[recipe.classes.positive], rows[recipe.classes.positive]
    present = negative + positive
    gains = information_gain(present, positive, whole=whole, positives=positives)
    gains /= class_entropy(whole=whole, positives=positives)
    precision = np.maximum(negative, positive) / np.maximum(present, 1)
    is_leak = (gains >= settings.leak_gain) & (precision >= settings.leak_precision)
    places = np.flatnonzero(is_leak & (present >= settings.leak_min_articles))
    places = places[np.lexsort((ids[places], -gains[places]))][:MOST_LEAKS]
    if not len(places):
        return []
    sample = _Sample(training, articles, ids[places].tolist(), recipe, stop_words)
    return [
        Leak(
            word=" ".join(words := sample.words_of(int(ids[place]), vocabulary)),
            gain=float(gains[place]),
            label=recipe.classes.names[int(positive[place] > negative[place])],
            precision=float(precision[place]),
            articles=int(present[place]),
            rule=sample.rule_against(words),
        )
        for place in places
    ]


def _presence(training: DataFrame, positive: str, size: int) -> tuple[np.ndarray, Floats, Floats]:
    """Of each id that stands in some article: the id, and in how many of each class."""

    def counted(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        counts = np.zeros((2, size), np.int64)
        for batch in batches:
            tokens = batch.column("token_ids")
            row = np.repeat(np.arange(len(batch)), np.diff(tokens.offsets.to_numpy()))
            once = np.unique(row * size + tokens.flatten().to_numpy())
            is_positive = batch.column("label").to_numpy(zero_copy_only=False) == positive
            for side in (0, 1):
                counts[side] += np.bincount(once[is_positive[once // size] == side] % size, minlength=size)
        ids = np.flatnonzero(counts.any(axis=0))
        yield pa.record_batch({"id": ids, "negative": counts[0, ids], "positive": counts[1, ids]})

    each = training.select("token_ids", "label").mapInArrow(counted, "id bigint, negative bigint, positive bigint")
    totals = each.where(f.col("id") >= FIRST_WORD).groupBy("id").agg(f.sum("negative"), f.sum("positive")).toArrow()
    ids, negatives, positives = (totals.column(place).to_numpy() for place in range(3))
    return ids, negatives.astype(np.float64), positives.astype(np.float64)


class _Sample:
    """Of each word some of the articles that have it, read by the recipe's rules, and by one rule more."""

    def __init__(
        self, training: DataFrame, articles: DataFrame, ids: list[int], recipe: Recipe, stop_words: Sequence[str]
    ) -> None:
        drawn = f.broadcast(_articles_with(training, ids))
        self._fields = articles.join(drawn, "article_id", "left_semi").select(*recipe.clean.fields).toArrow()
        self._rules, self._stop_words = recipe.clean.rules, stop_words
        self._words = self._cleaned(self._rules)
        rules = [rule for rule in STRIPPING_RULES if rule in TEXT_RULES and rule not in self._rules]
        self._without: Mapping[str, list[set[str]]] = {rule: self._cleaned((rule, *self._rules)) for rule in rules}

    def words_of(self, token_id: int, vocabulary: Vocabulary) -> list[str]:
        """The words that have the id."""
        if not vocabulary.buckets:
            return [vocabulary.words[token_id - FIRST_WORD].as_py()]
        known = sorted(set().union(*self._words))
        places = np.flatnonzero(vocabulary.ids(pa.array(known, pa.string())) == token_id)
        return [known[place] for place in places]

    def rule_against(self, words: Sequence[str]) -> str | None:
        """The rule that leaves the fewest articles with any of the words, if it strips at least half."""
        before = _having(self._words, words)
        left = {rule: _having(cleaned, words) for rule, cleaned in self._without.items()}
        best = min(left, key=lambda rule: left[rule], default=None)
        # a piece of words may be the whole of none, so that no rule is seen to strip it
        return best if best is not None and before and left[best] <= before / 2 else None

    def _cleaned(self, rules: Sequence[str]) -> list[set[str]]:
        return [set(words) for words in Cleaner(rules, self._stop_words).words(*self._fields.columns).to_pylist()]


def _articles_with(training: DataFrame, ids: list[int]) -> DataFrame:
    """The same few articles of each id, whatever else there is: column article_id."""
    found = f.explode(f.array_intersect("token_ids", f.lit(ids).cast("array<int>"))).alias("id")
    in_turn = Window.partitionBy("id").orderBy(f.xxhash64("article_id"), "article_id")
    numbered = training.select("article_id", found).withColumn("turn", f.row_number().over(in_turn))
    return numbered.where(f.col("turn") <= SAMPLED_ARTICLES).select("article_id")


def _having(articles: Sequence[set[str]], words: Sequence[str]) -> int:
    return sum(not article.isdisjoint(words) for article in articles)
