"""Articles of two crawl dates, which tests of labelling share."""

from datetime import date

DAY = date(2026, 11, 20)
NEXT_DAY = date(2026, 11, 21)
TWO_DAYS = [
    ("a", DAY, "Hoax", "the weather"),
    ("b", DAY, None, "official weather"),
    ("c", DAY, "The", None),
    ("d", NEXT_DAY, "Zebra", "zebra"),
]
