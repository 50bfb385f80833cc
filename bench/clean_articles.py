"""Cleaning and encoding in a Spark job goes several times as fast as in a Python UDF, and faster than Spark ML.

Whole jobs by glove's rules, on one core, steady: Parquet in, cleaning, encoding, Parquet out. Time is that of the core,
of Java and Python together. NLTK's tokenizer and Spark ML do less: no addresses, no datelines; Spark ML gives words, or
counts, not ids.
"""

from collections.abc import Callable

from clean_case import CleaningCase, cleaning_case, write_articles
from clean_spark import job_figures, one_core_session
from clean_twins import Ids, PlainPython, nltk_tokens
from measure import Bench, Case, Figures, run_bench
from pyspark.ml.feature import CountVectorizerModel, RegexTokenizer, StopWordsRemover
from pyspark.sql import DataFrame
from pyspark.sql import functions as f

from newslabel.tokens.encoded_articles import encoded_articles

Job = Callable[[DataFrame], DataFrame]
ENCODED = "struct<token_ids: array<int>, n_tokens: int, unknown_share: float>"


def as_it_is(made: CleaningCase) -> Job:
    return lambda articles: encoded_articles(articles, made.recipe, made.vocabulary, made.stop_words)


def python_udf(made: CleaningCase) -> Job:
    return _by_udf(made, lambda python: python.encoded)


def nltk_udf(made: CleaningCase) -> Job:
    return _by_udf(made, nltk_tokens)


def _by_udf(made: CleaningCase, way: Callable[[PlainPython], Callable[[str | None, str | None], Ids]]) -> Job:
    recipe, stop_words = made.recipe, made.stop_words

    def job(articles: DataFrame) -> DataFrame:
        words = articles.sparkSession.sparkContext.broadcast(made.vocabulary.words.to_pylist())

        encode: list[Callable[[str | None, str | None], Ids]] = []  # made once a worker

        def encoded_article(title: str | None, text: str | None) -> Ids:
            if not encode:
                encode.append(way(PlainPython(recipe, words.value, stop_words)))
            return encode[0](title, text)

        # pickled: with Arrow, Spark 4.2's default, this UDF did not end here within minutes; why was not found out
        udf = f.udf(encoded_article, ENCODED, useArrow=False)
        encoded = articles.withColumn("encoded", udf("title", "text"))
        return encoded.select("*", "encoded.*").drop("title", "text", "encoded")

    return job


def spark_ml_words(made: CleaningCase) -> Job:
    tokenizer = RegexTokenizer(pattern=r"[^\p{L}\p{M}\p{N}]+", inputCol="all", outputCol="words")
    remover = StopWordsRemover(stopWords=list(made.stop_words), inputCol="words", outputCol="left")
    return lambda articles: (
        remover.transform(tokenizer.transform(articles.withColumn("all", f.concat_ws(" ", "title", "text"))))
    ).drop("title", "text", "all", "words")


def spark_ml_counts(made: CleaningCase) -> Job:
    words = spark_ml_words(made)

    def job(articles: DataFrame) -> DataFrame:
        known = made.vocabulary.words.to_pylist()
        counter = CountVectorizerModel.from_vocabulary(known, inputCol="left", outputCol="counts")
        return counter.transform(words(articles)).drop("left")

    return job


def in_spark(way: Callable[[CleaningCase], Job]) -> Callable[[Case], Figures]:
    def figures(case: Case) -> Figures:
        made = cleaning_case(quick=case.quick)
        with one_core_session(case.folder) as spark:
            return job_figures(way(made), spark, case.folder / "articles.parquet", _count(case))

    return figures


def _count(case: Case) -> int:
    return 100 if case.quick else 40_000


def articles_file(case: Case) -> None:
    write_articles(cleaning_case(quick=case.quick).articles, case.folder / "articles.parquet", _count(case))


if __name__ == "__main__":
    ways = {
        "as it is": as_it_is,
        "plain Python UDF": python_udf,
        "NLTK's tokenizer in a UDF": nltk_udf,
        "Spark ML, words": spark_ml_words,
        "Spark ML, counts": spark_ml_counts,
    }
    in_spark_ways = {name: in_spark(way) for name, way in ways.items()}
    run_bench(Bench(str(__doc__), in_spark_ways, compared="us_an_article", prepare=articles_file))
