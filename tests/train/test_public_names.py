"""What users may import from newslabel.train."""

import subprocess
import sys

import newslabel.train


def test_the_stage_exports_these_names():
    assert newslabel.train.__all__ == [
        "MadeBundle",
        "TrainSummary",
        "Training",
        "check_options",
        "check_resume",
        "check_trainable",
        "check_training",
        "make_bundle",
        "register_bundle",
        "run_training",
        "train_model",
    ]
    assert all(callable(getattr(newslabel.train, name)) for name in newslabel.train.__all__)


def test_neither_the_stage_nor_the_look_at_a_recipes_network_imports_tensorflow():
    code = (
        "import sys; from newslabel.train import train_model;"
        "from newslabel.models.families import load_family; load_family('recurrent').network();"
        "print([name for name in ('tensorflow', 'keras', 'mlflow', 'horovod') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
