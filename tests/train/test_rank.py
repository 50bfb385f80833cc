import pytest

from newslabel.errors import SettingsError
from newslabel.train.work_files import read_epochs, write_epochs


def test_an_epoch_that_cannot_be_written_down_ends_no_training_unless_it_is_the_last(tmp_path, capsys):
    from newslabel.train.callbacks import KeepCourse
    from newslabel.train.course import Course

    work = tmp_path / "file" / "work"
    keep = KeepCourse(Course(None), str(work), steps=1, rows=1, epochs=3, seconds_between=60)
    (tmp_path / "file").touch()
    keep._write(lambda: write_epochs(str(work), [{"epoch": 1}]), must=False)
    assert "event=course_not_written" in capsys.readouterr().err
    (tmp_path / "file").unlink()
    keep._write(lambda: write_epochs(str(work), [{"epoch": 1}, {"epoch": 2}]), must=False)
    assert read_epochs(str(work)) == [{"epoch": 1}, {"epoch": 2}]
    (work / "epochs.json").unlink()
    (work / "epochs.json" / "in_the_way").mkdir(parents=True)
    with pytest.raises(SettingsError, match=r"models.root must be writable"):
        keep._write(lambda: write_epochs(str(work), []), must=True)
