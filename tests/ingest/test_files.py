"""How files are shared out among Spark's tasks."""

from newslabel.ingest.files import shared_out
from newslabel.ingest.inputs import InputFile


def files(*sizes: int) -> list[InputFile]:
    return [InputFile(str(number), size, None, named=False) for number, size in enumerate(sizes)]


def test_each_task_has_about_as_many_bytes_and_no_file_is_left_out():
    assert shared_out(files(10, 1, 50, 20, 20, 1), 3) == [["2"], ["3", "0"], ["4", "1", "5"]]


def test_there_are_no_more_tasks_than_files_and_many_empty_files_are_shared_out_too():
    assert shared_out(files(3, 5), 8) == [["1"], ["0"]]
    assert [len(share) for share in shared_out(files(*[0] * 5000), 8)] == [625] * 8
