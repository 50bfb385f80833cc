"""Crawl files go in, articles and rejected records come out."""

from newslabel.ingest.ingest import IngestPlan, ingest_articles, ingest_planned, plan_ingest
from newslabel.ingest.retry import retry_rejected
from newslabel.ingest.summary import IngestSummary

__all__ = [
    "IngestPlan",
    "IngestSummary",
    "ingest_articles",
    "ingest_planned",
    "plan_ingest",
    "retry_rejected",
]
