"""Settings from a file, the environment and --set, in that order, wrong ones named before anything starts."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from newslabel.configure import load_settings
from newslabel.errors import SettingsError
from newslabel.settings import Settings

CONF = Path(__file__).resolve().parents[2] / "conf" / "newslabel.toml"


def written(folder: Path, text: str) -> Path:
    file = folder / "own.toml"
    file.write_text(text)
    return file


def test_the_settings_file_states_every_key_with_its_default() -> None:
    stated: dict[str, Any] = tomllib.loads(CONF.read_text())
    assert stated == Settings().model_dump(mode="json")


def test_every_key_of_the_settings_file_has_a_comment_above_it() -> None:
    lines = CONF.read_text().splitlines()
    single_keys = [number for number, line in enumerate(lines) if " = " in line and not line.startswith("#")]
    table_keys = [n for n in single_keys if lines[n].split(" = ")[1].startswith("[")]
    uncommented = [
        lines[number] for number in single_keys if number not in table_keys and not lines[number - 1].startswith("#")
    ]
    assert uncommented == []


def test_a_later_source_wins(tmp_path: Path) -> None:
    file = written(tmp_path, "[score]\nbatch_size = 1\nbytes_per_batch = 1\n[query]\nrow_limit = 1\n")
    environ = {"NEWSLABEL_SCORE__BATCH_SIZE": "2", "NEWSLABEL_SCORE__BYTES_PER_BATCH": "2", "HOME": "/nowhere"}
    settings = load_settings(file, overrides=["score.batch_size=3"], environ=environ)
    assert (settings.score.batch_size, settings.score.bytes_per_batch, settings.query.row_limit) == (3, 2, 1)


def test_a_relative_place_is_taken_from_the_file_that_states_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    file = written(tmp_path, "[tables]\nroot = 'stated'\n[models]\nroot = 's3a://bucket/models'\n")
    settings = load_settings(file, overrides=["score.cache=given"], environ={})
    assert settings.tables.root == str(tmp_path / "stated")
    assert settings.models.root == "s3a://bucket/models"
    assert settings.models.tracking_uri == f"sqlite:///{tmp_path.parent / 'data' / 'mlflow.db'}"
    assert settings.score.cache == str(tmp_path / "here" / "given")


def test_lists_and_tables_are_given_as_toml(tmp_path: Path) -> None:
    settings = load_settings(CONF, overrides=['ingest.columns.title=["kop", "titel"]'], environ={})
    assert settings.ingest.columns["title"] == ("kop", "titel")
    assert settings.ingest.columns["text"] == ("text", "content", "body", "article")


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("score.batchsize=3", r"no setting 'score.batchsize'. Did you mean 'batch_size'\? Received: '3'"),
        ("scores.batch_size=3", r"no setting 'scores'. Did you mean 'score'"),
        ("score.batch_size=many", r"score.batch_size: .*integer.* Received: 'many'"),
        ("models.registry_name=it's", r"models.registry_name: .*pattern.* Received: \"it's\""),
        ("models.registry_name=a/b", r"models.registry_name: .*pattern.* Received: 'a/b'"),
        ("score.batch_size=0", r"score.batch_size: .*greater than 0.* Received: '0'"),
        ("crawl.time_zone=Berlin", r"like Europe/Berlin. Received: 'Berlin'"),
        ("batch_size=3", r"--set takes section.key=value.* Received: 'batch_size=3'"),
        ("score.batch_size", r"--set takes section.key=value"),
        ("corpus.labels=[oops", r"not a TOML list or table"),
        ('corpus.labels={A=["x"],B=["X "]}', r"one class only. Received twice: x"),
    ],
)
def test_a_wrong_setting_is_named_with_what_was_expected(override: str, message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        load_settings(CONF, overrides=[override], environ={})


def test_a_wrong_environment_variable_is_named_too() -> None:
    with pytest.raises(SettingsError, match="Did you mean 'batch_size'"):
        load_settings(CONF, environ={"NEWSLABEL_SCORE__BATCHSIZE": "3"})


def test_a_key_below_a_value_is_wrong() -> None:
    with pytest.raises(SettingsError, match=r"--set score.batch_size.x=2: batch_size was given a value before"):
        load_settings(CONF, overrides=["score.batch_size=1", "score.batch_size.x=2"], environ={})


def test_all_wrong_settings_are_named_at_once() -> None:
    with pytest.raises(SettingsError, match=r"(?s)query.row_limit.*score.batch_size|score.batch_size.*query.row_limit"):
        load_settings(CONF, overrides=["score.batch_size=0", "query.row_limit=0"], environ={})


def test_a_settings_file_that_cannot_be_read_or_is_not_toml_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"cannot be read: No such file.*missing.toml"):
        load_settings(tmp_path / "missing.toml", environ={})
    with pytest.raises(SettingsError, match=r"is not TOML: .*own.toml"):
        load_settings(written(tmp_path, "score = ["), environ={})


def test_a_section_that_is_no_table_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"score: .* Received: 3"):
        load_settings(written(tmp_path, "score = 3"), environ={})
