import pytest

from newslabel.errors import SettingsError
from newslabel.train.work_folder import read_epochs


def test_an_epoch_that_cannot_be_written_down_ends_no_training_unless_it_is_the_last(tmp_path, capsys):
    from newslabel.train.rank import WriteEpochs

    write = WriteEpochs(str(tmp_path / "file" / "work"))
    write.set_params({"epochs": 3})
    (tmp_path / "file").touch()
    write.on_epoch_end(0, {"loss": 0.5})
    assert "event=epochs_not_written" in capsys.readouterr().err
    (tmp_path / "file").unlink()
    write.on_epoch_end(1, {"loss": 0.25})
    assert [epoch["loss"] for epoch in read_epochs(str(tmp_path / "file" / "work"))] == [0.5, 0.25]
    (tmp_path / "file" / "work" / "epochs.json").unlink()
    (tmp_path / "file" / "work" / "epochs.json" / "in_the_way").mkdir(parents=True)
    with pytest.raises(SettingsError, match=r"models.root must be writable"):
        write.on_epoch_end(2, {"loss": 0.125})
