"""What users may import from newslabel.models."""

import subprocess
import sys

import newslabel.models


def test_the_room_exports_these_names():
    assert newslabel.models.__all__ == [
        "Bundle",
        "Gate",
        "NoSuchVersionError",
        "PromoteSummary",
        "Registry",
        "Version",
        "load_bundle",
        "promote_model",
        "save_bundle",
    ]
    assert all(callable(getattr(newslabel.models, name)) for name in newslabel.models.__all__)


def test_reading_bundles_brings_neither_keras_nor_mlflow():
    code = (
        "import sys; from newslabel.models import Registry, load_bundle;"
        "print([name for name in ('tensorflow', 'keras', 'mlflow', 'horovod') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
