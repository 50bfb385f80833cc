"""newslabel labels news articles real or fake, from one text to a crawl."""

__version__ = "0.1.0"
