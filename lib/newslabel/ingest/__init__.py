"""Crawl files go in, articles and rejected records come out."""

from newslabel.ingest.ingest import IngestSummary, ingest_articles

__all__ = ["IngestSummary", "ingest_articles"]
