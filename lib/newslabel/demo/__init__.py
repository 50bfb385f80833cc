"""The demo: a corpus of its own making, and one night from crawl files to labels."""
