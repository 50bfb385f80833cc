"""label_text, as a function and as people start it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from newslabel.errors import BundleError, DataError, SettingsError
from newslabel.models import Registry
from newslabel.score import label_text, text_or_file
from newslabel.score.one_text import TextLabel

CHECKOUT = Path(__file__).resolve().parents[2]


@pytest.fixture
def registered(settings, make_bundle) -> Registry:
    """MLflow itself, with two versions, of which the first is champion."""
    registry = Registry(settings)
    bundles = make_bundle(), make_bundle("weaker", strength=1.0)
    versions = [
        registry.record(
            bundle_uri=bundle, recipe="by_hand", params={}, metrics={"test_accuracy": 0.9}, epochs=[], tags={}
        )
        for bundle in bundles
    ]
    registry.make_champion(versions[0], {})
    return registry


def test_a_text_is_labelled_by_a_bundle_without_a_registry(settings, make_bundle) -> None:
    found = label_text(settings, "What a hoax!", bundle=make_bundle())
    assert (found.label, found.probability, found.reason) == ("FAKE", 0.982, None)
    assert found.version.startswith("by_hand, bundle ")
    assert [name for name, _ in found.facts()] == ["label", "probability", "model"]


def test_a_text_is_told_with_the_words_that_moved_it_most(settings, make_bundle) -> None:
    text, bundle = "What a HOAX! An official hoax. Official, official: weather", make_bundle(tokens={"max_tokens": 9})
    found = label_text(settings, text, bundle=bundle, explain=2)
    assert found.why == (("HOAX!", "FAKE", 4.0), ("official", "REAL", -4.0))
    assert label_text(settings, text, bundle=bundle, explain=1).why == (("HOAX!", "FAKE", 4.0),)
    assert label_text(settings, "...", bundle=bundle, explain=2).why == ()
    assert label_text(settings, text, bundle=bundle).why == ()


def test_a_text_with_nothing_left_is_unsure(settings, make_bundle) -> None:
    found = label_text(settings, "...", bundle=make_bundle())
    assert (found.label, found.probability, found.reason) == ("UNSURE", None, "empty_after_cleaning")
    assert [name for name, _ in found.facts()] == ["label", "reason", "model"]


def test_the_registry_names_the_champion_or_another_version(settings, registered) -> None:
    assert label_text(settings, "hoax") == TextLabel("FAKE", 0.982, None, "by_hand, version 1")
    assert label_text(settings, "hoax", model="latest") == TextLabel("FAKE", 0.7311, None, "by_hand, version 2")
    assert label_text(settings, "hoax", model="2").version == "by_hand, version 2"


def test_with_no_champion_the_error_names_the_command_that_makes_one(settings) -> None:
    with pytest.raises(BundleError, match=r"no model version is champion yet: .*promote_model latest"):
        label_text(settings, "hoax")


def test_the_text_is_given_one_way(tmp_path) -> None:
    file = tmp_path / "story.txt"
    file.write_bytes(b"hoax \xff")
    assert text_or_file(None, file) == "hoax \ufffd"
    assert text_or_file("hoax", None) == "hoax"
    for both in [(None, None), ("hoax", file)]:
        with pytest.raises(SettingsError, match=r"either a TEXT or --file. Received: (both|neither)"):
            text_or_file(*both)
    with pytest.raises(DataError, match=r"cannot be read: No such file or directory. Received: .*other.txt"):
        text_or_file(None, tmp_path / "other.txt")


def test_a_bundle_and_a_version_exclude_each_other(settings) -> None:
    with pytest.raises(SettingsError, match="--bundle and --model exclude each other"):
        label_text(settings, "hoax", bundle="somewhere", model="1")


def run(*options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(CHECKOUT / "jobs" / "label_text.py"), *options]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_job_labels_its_first_text_within_three_seconds(make_bundle, kernels) -> None:
    bundle, cache = make_bundle(), f"score.cache={kernels}"
    run("hoax", "--bundle", bundle, "--set", cache)  # the first text of all on a host waits for the compiler too
    before = os.times()
    done = run("What a hoax!", "--bundle", bundle, "--set", cache)
    after = os.times()
    assert done.returncode == 0, done.stderr
    assert [line.split()[:2] for line in done.stdout.splitlines() if line.strip()][-3:-1] == [
        ["label", "FAKE"],
        ["probability", "0.9820"],
    ]
    # the machine that runs the tests may be busy with others: what counts is the processor time of the job itself
    assert after.children_user + after.children_system - before.children_user - before.children_system < 3


def test_the_job_shows_the_words_that_moved_the_text(make_bundle, kernels) -> None:
    options = ("--bundle", make_bundle(), "--set", f"score.cache={kernels}", "--explain")
    done = run("What a \u202ehoax!", *options, "3")
    assert done.returncode == 0, done.stderr
    assert [line.split() for line in done.stdout.splitlines() if "hoax" in line] == [["\ufffdhoax!", "FAKE", "4.0000"]]
    assert run("hoax", *options, "51").returncode == 2


def test_the_job_ends_with_the_exit_code_of_what_was_wrong(tmp_path) -> None:
    missing = run("hoax", "--bundle", str(tmp_path))
    assert (missing.returncode, missing.stdout) == (4, "")
    assert missing.stderr.startswith("label_text: not a bundle: there is no manifest.json. Received: ")
    assert run().returncode == 2
    assert run("--file", str(tmp_path / "none.txt")).returncode == 3
