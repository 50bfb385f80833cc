"""The commands to try can be pasted where the demo was started."""

from pathlib import Path

from newslabel.configure import load_settings
from newslabel.demo.try_next import commands_to_try

CHECKOUT = Path(__file__).resolve().parent.parent.parent
PLACES = {"submit": CHECKOUT / "spark-submit.sh", "settings_file": CHECKOUT / "conf" / "demo.toml"}


def test_in_the_checkout_they_are_short(monkeypatch):
    monkeypatch.chdir(CHECKOUT)
    settings = load_settings(PLACES["settings_file"], environ={})
    assert [command for _, command in commands_to_try(settings, **PLACES, overrides=[])] == [
        "./spark-submit.sh query_labels --settings conf/demo.toml --question most_certain_fakes --param rows=5",
        "./spark-submit.sh score_articles --settings conf/demo.toml",
        "./spark-submit.sh label_text --settings conf/demo.toml --file demo/article.txt",
    ]


def test_elsewhere_they_name_whole_paths_and_repeat_what_was_set(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    overrides = ["tables.root=/my demo/tables"]
    settings = load_settings(PLACES["settings_file"], overrides=overrides, environ={})
    command = commands_to_try(settings, **PLACES, overrides=overrides)[2][1]
    assert command == (
        f"{CHECKOUT}/spark-submit.sh label_text --settings {CHECKOUT}/conf/demo.toml "
        "--set 'tables.root=/my demo/tables' --file '/my demo/article.txt'"
    )
