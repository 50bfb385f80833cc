"""Crawl files go in, articles and rejected records come out."""

from newslabel.ingest.ingest import check_expected, ingest_articles
from newslabel.ingest.retry import retry_rejected
from newslabel.ingest.summary import IngestSummary

__all__ = ["IngestSummary", "check_expected", "ingest_articles", "retry_rejected"]
