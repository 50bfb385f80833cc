"""What users may import."""

import subprocess
import sys

import newslabel


def test_the_package_exports_these_names() -> None:
    assert newslabel.__all__ == ["Scorer", "label_udf", "load_scorer"]
    assert all(callable(getattr(newslabel, name)) for name in newslabel.__all__)


def test_load_scorer_brings_neither_spark_nor_tensorflow() -> None:
    code = (
        "import sys; from newslabel import load_scorer;"
        "print([name for name in ('pyspark', 'tensorflow', 'keras', 'mlflow') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
