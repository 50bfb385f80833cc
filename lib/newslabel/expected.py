"""Dates that must have articles: silence is how nightly jobs die."""

from datetime import date

from pyspark.sql import SparkSession
from pyspark.sql import functions as f

from newslabel.errors import NoArticlesOutcome
from newslabel.schemas import ARTICLES
from newslabel.settings import Settings
from newslabel.table_making import exists
from newslabel.tables import read_table, table_path


def check_expected(spark: SparkSession, settings: Settings, day: date) -> None:
    """Raises NoArticlesOutcome where no article of that crawl date is there."""
    path = table_path(settings, ARTICLES)
    of_day = f.col("crawl_date") == f.lit(day)
    if not exists(spark, path) or read_table(spark, path, ARTICLES).where(of_day).isEmpty():
        raise NoArticlesOutcome(f"articles were expected and none are there of crawl_date. Received: {day}")
