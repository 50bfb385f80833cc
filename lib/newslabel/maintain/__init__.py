"""The tables' upkeep: small files made into large ones, files that nobody needs any more removed."""

from newslabel.maintain.maintain import MaintainedTable, maintain_tables

__all__ = ["MaintainedTable", "maintain_tables"]
