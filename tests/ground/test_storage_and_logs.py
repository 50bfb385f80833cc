"""Files beside the tables, and the lines of the log."""

import gzip
import time
from pathlib import Path

import pytest

from newslabel.errors import BundleError, SettingsError, nearest, os_errors_as
from newslabel.logs import log_event, printable, progress
from newslabel.storage import (
    delete_folder,
    download_folder,
    exists,
    join,
    list_names,
    open_input,
    read_bytes,
    upload_folder,
    write_bytes,
)


def test_a_file_is_written_whole_and_read_back(tmp_path: Path) -> None:
    uri = join(str(tmp_path), "deep", "er", "note.txt")
    assert not exists(uri)
    write_bytes(uri, b"one")
    write_bytes(uri, b"two")
    assert read_bytes(uri) == b"two"
    assert read_bytes(f"file://{uri}") == b"two"
    assert list_names(join(str(tmp_path), "deep", "er")) == ["note.txt"]
    assert list_names(join(str(tmp_path), "nowhere")) == []


def test_a_file_that_cannot_be_written_leaves_no_half(tmp_path: Path) -> None:
    (tmp_path / "note.txt" / "in_the_way").mkdir(parents=True)
    with pytest.raises(OSError, match=r"note.txt"):
        write_bytes(str(tmp_path / "note.txt"), b"one")
    assert [path.name for path in tmp_path.iterdir()] == ["note.txt"]


def test_a_stream_is_decompressed_and_bytes_are_not(tmp_path: Path) -> None:
    file = tmp_path / "note.txt.gz"
    file.write_bytes(gzip.compress(b"plain", mtime=0))
    assert open_input(str(file)).read() == b"plain"
    assert read_bytes(str(file))[:2] == b"\x1f\x8b"


def test_a_folder_goes_up_and_comes_down(tmp_path: Path) -> None:
    (tmp_path / "made" / "inner").mkdir(parents=True)
    (tmp_path / "made" / "inner" / "a").write_text("a")
    uri = join(str(tmp_path), "kept", "it")
    upload_folder(tmp_path / "made", uri)
    assert not (tmp_path / "made").exists()
    download_folder(uri, tmp_path / "copy")
    assert (tmp_path / "copy" / "inner" / "a").read_text() == "a"
    delete_folder(uri)
    delete_folder(uri)
    assert not exists(uri)


def test_a_folder_that_cannot_go_up_stays_and_leaves_nothing_there(tmp_path: Path) -> None:
    for place in ("made", "taken"):
        (tmp_path / place).mkdir()
        (tmp_path / place / "a").write_text(place)
    (tmp_path / "file").touch()
    for place in ("taken", "file/below"):
        with pytest.raises(OSError, match=r"Directory not empty|Not a directory"):
            upload_folder(tmp_path / "made", str(tmp_path / place))
    assert (tmp_path / "made" / "a").read_text() == "made"
    assert (tmp_path / "taken" / "a").read_text() == "taken"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "made", "taken"]


def test_a_failure_of_the_file_system_becomes_an_error_of_ours_and_no_other_does() -> None:
    with (
        pytest.raises(BundleError, match=r"cannot be read: \[Errno 28\] No space left. Received: 'there'"),
        os_errors_as(BundleError, "it cannot be read", "there"),
    ):
        raise OSError(28, "No space left")
    with pytest.raises(ZeroDivisionError), os_errors_as(BundleError, "it cannot be read", "there"):
        raise ZeroDivisionError


def test_an_unknown_kind_of_place_is_a_settings_error() -> None:
    with pytest.raises(SettingsError, match="Received: 'gopher://x/y'"):
        exists("gopher://x/y")


def test_an_event_is_one_line_whatever_it_says(capsys: pytest.CaptureFixture[str]) -> None:
    log_event("made", title='a "b"\nc\x1b[31m', n=3, share=0.123456789, empty="")
    (line,) = capsys.readouterr().err.splitlines()
    assert " event=made run_id=" in line
    assert line.endswith(' title="a \\"b\\"\ufffdc\ufffd[31m" n=3 share=0.123457 empty=""')


def test_what_could_harm_a_terminal_is_made_visible() -> None:
    assert printable("a\x1b[2Jb\u202ec\x00d\n") == "a\ufffd[2Jb\ufffdc\ufffdd\ufffd"
    assert printable("a\nb\r", keep_lines=True) == "a\nb\ufffd"
    assert printable("naïve “café” 漢字 🙂") == "naïve “café” 漢字 🙂"


def test_progress_is_silent_where_it_would_only_fill_a_log(capsys: pytest.CaptureFixture[str]) -> None:
    with progress("counting", 3) as advance:
        advance(3)
    assert capsys.readouterr().err == ""


def test_progress_is_told_while_a_step_takes_its_time(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("newslabel.logs.SECONDS_BETWEEN_LINES", 0.01)
    with progress("counting", 3) as advance:
        advance(2)
        time.sleep(0.2)
    assert capsys.readouterr().err.splitlines()[-1].endswith(" what=counting done=2 total=3")


def test_nearest_suggests_or_lists() -> None:
    assert nearest("titel", ["title", "text"]) == " Did you mean 'title'?"
    assert nearest("zzz", ["title", "text"]) == " Known: 'text', 'title'."
    assert nearest("zzz", []) == ""
