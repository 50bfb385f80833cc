"""The labels as they were before the newest model version labelled anything, by time travel: what it changed."""

import pyarrow as pa
import pyarrow.compute as pc
from deltalake import DeltaTable


def before_newest_version(place: str) -> DeltaTable | None:
    """The table of labels as the version that labelled last found it; None where there were no labels before.

    It goes back commit by commit, and looks at what the log says of the files: who labelled last, then and then. So a
    date that was labelled again, or a version that came back, hides nothing.

    Args:
        place: the table's, as delta-rs takes it.

    Raises:
        DeltaError: its history does not go back so far any more.
    """
    table = DeltaTable(place)
    newest = _labelled_last(table)
    for commit in range(table.version() - 1, -1, -1):
        table.load_as_version(commit)
        before = _labelled_last(table)
        if before != newest:
            return table if before else None
    return None


def _labelled_last(table: DeltaTable) -> str | None:
    """The number of the version; None where there are no labels."""
    files = pa.table(table.get_add_actions(flatten=True))
    if not len(files):
        return None
    last = pc.index(files["max.scored_at"], pc.max(files["max.scored_at"])).as_py()
    number: str = files["max.model_version"][last].as_py()  # a file is of one date, and so of one version
    return number
