"""What a run of score_articles is asked for: which dates, by which model."""

from dataclasses import dataclass
from datetime import date

from newslabel.score.due import PartitionState


@dataclass(frozen=True)
class ScoreRequest:
    """Which partitions are to be labelled, and by whom; as it stands, those that are due, by the champion.

    Attributes:
        first: the first crawl date, None for all.
        last: the last crawl date, None for all. If it equals `first`, that date must have articles.
        force: label also what is not due.
        rescore: label also what another version labelled than would now.
        model: a version's number, or "latest", to write into shadow_labels instead; None for the champion.
        explain: how many words `why` tells of an article, 50 at most; labels that tell none are not due for that.
    """

    first: date | None = None
    last: date | None = None
    force: bool = False
    rescore: bool = False
    model: str | None = None
    explain: int = 0

    @property
    def only_date(self) -> date | None:
        """The one date that was asked for, None where it was none or more."""
        return self.first if self.first == self.last else None

    def wants(self, state: PartitionState, version: str | None) -> bool:
        """Whether a partition is to be labelled.

        Args:
            state: the partition's.
            version: the number of the version that would label it; None where that does not matter.
        """
        is_of_another = self.rescore and state.model_version not in {None, version}
        return self.force or state.is_due or is_of_another
