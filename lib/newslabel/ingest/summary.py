"""What became of a batch."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class IngestSummary:
    """What became of the records of a batch: read = added + repeated + seen_before + rejected.

    Attributes:
        read: records in all files.
        added: articles that are new in the table.
        repeated: records for which another one of the batch stands.
        seen_before: records for which an article of the table stands.
        rejected: records with a reason against them, whether or not `rejected` knew them before.
        reasons: records by reason; a record can have several.
        files: how many were read.
        files_known: how many were found in folders, and are as they were when they were taken in.
        files_broken: of those read, how many could not be read to their ends.
    """

    read: int = 0
    added: int = 0
    repeated: int = 0
    seen_before: int = 0
    rejected: int = 0
    reasons: Mapping[str, int] = field(default_factory=dict)
    files: int = 0
    files_known: int = 0
    files_broken: int = 0
