"""The vectorised UDF that labels articles, for `score_articles` and for everybody's own Spark jobs and SQL."""

from functools import lru_cache
from typing import Any

import pyarrow as pa

from newslabel.errors import BundleError
from newslabel.recipes import TEXT_FIELDS
from newslabel.score.scorer import Scorer, load_scorer
from newslabel.score.why import check_explain
from newslabel.storage import filesystem, is_remote

RETURN_TYPE = "label string, probability double, reason string, n_tokens int, unknown_share double, why string"


def label_udf(uri: str, cache_dir: str | None = None, explain: int = 0) -> Any:
    """A UDF of (title, text) or (title, text, author) that returns a struct as `Scorer.label` has its columns.

    It is vectorised by Arrow alone: pandas would make each text a Python string, and back, for a tenth of the time.
    To use it in SQL: `spark.udf.register("label_article", label_udf(uri))`. Only the place goes to the executors, which
    must be able to read it; a worker process loads the model once.

    Args:
        uri: the bundle's folder, or its place in a store.
        cache_dir: each host's folder for copies of remote bundles and for compiled code; default: see `load_scorer`.
        explain: how many words `why` tells of an article; none, and it is null.

    Raises:
        BundleError: there is no bundle, or it is damaged.
        SettingsError: so many words are not told.
    """
    check_explain(explain)
    from pyspark.sql.pandas.functions import arrow_udf

    place = uri if is_remote(uri) else filesystem(uri)[1]  # a worker has another working directory
    bundle_id = _scorer(place, cache_dir).bundle_id

    def label_article(*fields: pa.Array) -> pa.Array:
        return label_batch(place, bundle_id, cache_dir, fields, explain)

    return arrow_udf(label_article, RETURN_TYPE)  # type: ignore[call-overload]  # PySpark's stub lacks *args


def label_batch(
    uri: str, bundle_id: str, cache_dir: str | None, fields: tuple[pa.Array, ...], explain: int = 0
) -> pa.StructArray:
    """One batch's labels, in a worker process.

    Args:
        uri: the bundle's place.
        bundle_id: which bundle was there when the job began.
        cache_dir: the host's folder.
        fields: titles, texts and, where given, authors.
        explain: how many words `why` tells.

    Raises:
        BundleError: another bundle lies there now.
    """
    pa.set_cpu_count(1)  # Spark holds the cores, one a task
    scorer = _scorer(uri, cache_dir)
    if scorer.bundle_id != bundle_id:
        raise BundleError(f"{uri}: another bundle than the job began with, {bundle_id}. Received: {scorer.bundle_id}")
    labels = scorer.label(dict(zip(TEXT_FIELDS, fields, strict=False)), explain)
    return labels.to_struct_array().combine_chunks()


@lru_cache(maxsize=2)
def _scorer(uri: str, cache_dir: str | None) -> Scorer:
    """Kept in this module while the process lives: Spark hands a worker process to one task after the other."""
    return load_scorer(uri, cache_dir)
