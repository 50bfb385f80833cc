from datetime import date

from pyspark.sql import SparkSession

from newslabel.ingest.quality import with_reasons
from newslabel.settings import IngestSettings

COLUMNS = "text string, raw_label string, label string, crawl_date date, problem string"
GOOD = "The mayor of the town said on Monday that it was not his fault."
DAY = date(2026, 11, 20)


CASES = (
    ([], (GOOD, None, None, DAY, None)),
    ([], (GOOD, "fake", "FAKE", DAY, None)),
    ([], ("THEY SHOULDN\u2019T HAVEN\u2019T WOULDN\u2019T", None, None, DAY, None)),
    (["empty_text"], (None, None, None, DAY, None)),
    (["too_short"], ("It was", None, None, DAY, None)),
    (["too_short", "not_english"], ("17 18 19 20 21 22 23", None, None, DAY, None)),
    (["too_long"], (f"{GOOD} {GOOD}", None, None, DAY, None)),
    (["not_english"], ("Der Oberb\u00fcrgermeister sagte gestern, er sei nicht schuld.", None, None, DAY, None)),
    (["not_english"], ("Мэр сказал вчера", None, None, DAY, None)),
    (["unknown_label"], (GOOD, "satire", None, DAY, None)),
    (["bad_crawl_date"], (GOOD, None, None, None, None)),
    (["empty_text", "unknown_label", "bad_crawl_date"], (None, "satire", None, None, None)),
    (["malformed_json"], (None, None, None, None, "malformed_json")),
)


def test_each_rule_gives_its_reason_and_a_record_has_all_of_them(spark: SparkSession):
    rules = IngestSettings(min_words=3, max_words=20, min_stop_word_share=0.05)
    records = spark.createDataFrame([record for _, record in CASES], COLUMNS)
    found = [row.reasons for row in records.transform(with_reasons(rules)).collect()]
    assert found == [reasons for reasons, _ in CASES]


def test_a_share_of_none_lets_every_language_in(spark: SparkSession):
    rules = IngestSettings(min_words=1, min_stop_word_share=0)
    [row] = (
        spark.createDataFrame([("Grüß Gott", None, None, DAY, None)], COLUMNS).transform(with_reasons(rules)).collect()
    )
    assert row.reasons == []
