"""Trainings that lose a rank, or are killed whole: what came of it is what an undisturbed one makes."""

import os
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import numpy as np
import psutil
import pytest
from small_training import CHECKOUT, make_tokenization, settings_below, small_recipe, write_glove

from newslabel.errors import DataError, TransientError
from newslabel.models import load_bundle
from newslabel.models.families import load_network
from newslabel.train import check_resume, run_training, train_model
from newslabel.train.work_files import CHECKPOINT_FILE, read_checkpoint, read_epochs

ROWS = {"train": 1600, "validation": 40, "test": 40}
EPOCHS = 4
RECIPE = small_recipe(epochs=EPOCHS, batch_size=8)  # 200 steps an epoch


@pytest.fixture(scope="module")
def folder(spark, kernels, tmp_path_factory):
    return tmp_path_factory.mktemp("faults")


@pytest.fixture(scope="module")
def settings(spark, kernels, folder):
    settings = settings_below(folder, kernels)
    # about a hundred steps
    train = settings.train.model_copy(update={"checkpoint_minutes": 0.005, "restarts": 1})
    settings = settings.model_copy(update={"train": train})
    make_tokenization(spark, settings, ROWS, RECIPE)
    write_glove(folder)
    return settings


@pytest.fixture(scope="module")
def undisturbed(spark, settings, folder):
    return weights_of(train_model(spark, settings, RECIPE, glove=str(folder / "vectors.txt"), workers=2))


def weights_of(summary):
    bundle = load_bundle(summary.version.bundle_uri)
    return {name: bundle.weights(name) for name in ("table", "recurrent", "dense_kernel", "output_bias")}


def ranks_of(process):
    ranks = []
    for each in process.children(recursive=True):
        with suppress(psutil.NoSuchProcess):  # or a zombie, which is one
            ranks += [each] if "rank_process" in " ".join(each.cmdline()) else []
    return ranks


def amid_an_epoch(settings):
    """The work folder of the only training, once it has a checkpoint amid its second epoch or a later one."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        for folder in (Path(settings.models.root) / "_work").glob("*"):
            checkpoint = read_checkpoint(str(folder)) if (folder / CHECKPOINT_FILE).exists() else None
            if checkpoint and checkpoint.epoch >= 1 and checkpoint.step:
                return folder
        time.sleep(0.02)
    raise TimeoutError("no checkpoint")


def other_ranks(former):
    """The ranks that came in the place of those."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        ranks = ranks_of(psutil.Process())
        if len(ranks) == len(former) and not set(ranks) & set(former):
            return ranks
        time.sleep(0.1)
    raise TimeoutError("no other ranks")


def test_a_training_whose_rank_and_then_its_task_is_killed_goes_on_and_ends_as_if_nothing_had_happened(
    spark, settings, folder, undisturbed, capfd
):
    def kill_twice():
        amid_an_epoch(settings)
        ranks = ranks_of(psutil.Process())
        ranks[-1].kill()
        other_ranks(ranks)[-1].parent().kill()

    twice = settings.model_copy(update={"train": settings.train.model_copy(update={"restarts": 2})})
    with ThreadPoolExecutor() as threads:
        killer = threads.submit(kill_twice)
        summary = train_model(spark, twice, RECIPE, glove=str(folder / "vectors.txt"), workers=2)
        killer.result()
    assert [epoch["epoch"] for epoch in summary.epochs] == [1, 2, 3, 4]
    assert all((weights_of(summary)[name] == weights).all() for name, weights in undisturbed.items())
    log = capfd.readouterr().err
    assert log.count("event=ranks_start_again") == 2
    assert "was killed by SIGKILL" in log
    assert "Spark lost the task of a rank" in log
    assert sum("event=epoch" in line and "epoch=1/4" in line for line in log.splitlines()) == 1


def test_a_training_that_may_not_start_again_gives_up_and_can_be_gone_on_with(
    spark, settings, folder, undisturbed, monkeypatch
):
    never_again = settings.model_copy(update={"train": settings.train.model_copy(update={"restarts": 0})})

    def lose_a_rank(work_uri, cache):
        import threading

        from newslabel.train import callbacks
        from newslabel.train.rank import train_rank

        if os.environ["HOROVOD_RANK"] == "1":
            keep = callbacks.KeepCourse._keep

            def keep_and_die(self, epoch, step, *, seconds):
                keep(self, epoch, step, seconds=seconds)
                if epoch >= 1:
                    # rank 0 has the time to write it down
                    threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGKILL)).start()

            callbacks.KeepCourse._keep = keep_and_die
        return train_rank(work_uri, cache)

    with monkeypatch.context() as patch:
        patch.setattr("newslabel.train.train._train_rank", lose_a_rank)
        with pytest.raises(TransientError, match="rank 1 was killed by SIGKILL"):
            train_model(spark, never_again, RECIPE, glove=str(folder / "vectors.txt"), workers=2)
    [left] = (Path(settings.models.root) / "_work").iterdir()
    copy = shutil.copytree(left, left.with_name(f"copy-{left.name}"))
    summary = run_training(spark, settings, check_resume(settings, left.name))
    assert all((weights_of(summary)[name] == weights).all() for name, weights in undisturbed.items())
    assert not left.exists()
    with_the_rest = run_training(spark, settings, check_resume(settings, copy.name, workers=1))
    assert [epoch["epoch"] for epoch in with_the_rest.epochs] == [1, 2, 3, 4]
    assert len(with_the_rest.metrics["ranks"]) == 1
    assert with_the_rest.metrics["test"]["accuracy"] >= 0.95


def test_a_job_that_is_killed_whole_is_gone_on_with_and_ends_as_if_nothing_had_happened(
    spark, settings, folder, undisturbed
):
    recipes = folder / "recipes"
    recipes.mkdir()
    (recipes / f"{RECIPE.name}.toml").write_text(RECIPE.to_toml())
    places = {
        "corpus.recipes": recipes,
        "tables.root": settings.tables.root,
        "models.root": settings.models.root,
        "models.tracking_uri": settings.models.tracking_uri,
        "score.cache": settings.score.cache,
        "train.checkpoint_minutes": 0.005,
    }
    overrides = [word for key, value in places.items() for word in ("--set", f"{key}={value}")]
    command = [sys.executable, str(CHECKOUT / "jobs" / "train_model.py"), *overrides]
    asked = ["--recipe", RECIPE.name, "--glove", str(folder / "vectors.txt"), "--workers", "2"]
    with subprocess.Popen([*command, *asked], stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as job:
        left = amid_an_epoch(settings)
        everyone = [psutil.Process(job.pid), *psutil.Process(job.pid).children(recursive=True)]
        ranks = ranks_of(psutil.Process(job.pid))
        for each in (each for each in everyone if each not in ranks):
            each.kill()
    assert len(ranks) == 2
    assert psutil.wait_procs(ranks, timeout=20)[1] == []  # they end by themselves
    checkpoint = read_checkpoint(str(left))
    assert (checkpoint.epoch >= 1, len(checkpoint.own)) == (True, 2)
    summary = run_training(spark, settings, check_resume(settings, left.name))
    assert [epoch["epoch"] for epoch in summary.epochs] == [1, 2, 3, 4]
    assert all((weights_of(summary)[name] == weights).all() for name, weights in undisturbed.items())


def test_a_training_that_goes_astray_keeps_its_last_good_weights(spark, settings, folder, undisturbed, monkeypatch):
    def poisoned(work_uri, cache):
        import numpy as np

        from newslabel.train import callbacks
        from newslabel.train.learnt import learnt_values, take_learnt
        from newslabel.train.rank import train_rank

        begin = callbacks.KeepCourse.on_epoch_begin

        def poison(self, epoch, logs=None):
            begin(self, epoch, logs)
            if epoch == 2:
                take_learnt(self.model, [np.full_like(each, np.nan) for each in learnt_values(self.model)])

        callbacks.KeepCourse.on_epoch_begin = poison
        return train_rank(work_uri, cache)

    with monkeypatch.context() as patch:
        patch.setattr("newslabel.train.train._train_rank", poisoned)
        with pytest.raises(
            DataError, match=r"diverged in epoch 3.* the weights of the checkpoint after epoch 2 are kept in .*/network"
        ):
            train_model(spark, settings, RECIPE, glove=str(folder / "vectors.txt"), workers=2)
    [left] = (Path(settings.models.root) / "_work").iterdir()
    kept = load_network(left / "network" / "model.keras", RECIPE.family)
    fake, real = kept(np.array([[9, 3, 7, 20], [9, 8, 7, 20]], np.int32)).numpy()[:, 1]
    assert fake > real
    assert [epoch["epoch"] for epoch in read_epochs(str(left))] == [1, 2]
    summary = run_training(spark, settings, check_resume(settings, left.name))
    assert all((weights_of(summary)[name] == weights).all() for name, weights in undisturbed.items())
