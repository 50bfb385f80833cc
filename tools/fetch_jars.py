"""Puts Delta Lake's jars into PySpark's own jars folder, once, so that no session resolves them at its start.

Spark's own resolver fetches them, from Maven Central or from the repository that DEFAULT_ARTIFACT_REPOSITORY names. Of
the thirty-odd jars that come, only those that Spark does not carry already are kept: twins of Hadoop, Parquet and
log4j break it. What was fetched is kept outside the checkout, so that the next clone needs no network for it.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pyspark

DELTA = "io.delta:delta-spark_4.2_2.13:4.4.0"
KEPT = ("io.delta_*.jar", "io.unitycatalog_*.jar")
SPARK = Path(pyspark.__file__).parent


def main() -> None:
    """Fetches the jars, where the cache has none, and puts them in place."""
    cached = cache_folder() / "jars" / DELTA.replace(":", "-")
    if not cached.is_dir():
        fetch_into(cached)
    fetched = delta_jars(cached)
    for stale in {jar.name for jar in delta_jars(SPARK / "jars")} - {jar.name for jar in fetched}:
        (SPARK / "jars" / stale).unlink()
    for jar in fetched:
        put(jar, SPARK / "jars" / jar.name)
    print(f"{len(fetched)} Delta jars are in place")


def fetch_into(cached: Path) -> None:
    """Resolves Delta and keeps its jars in the cache; the last step is one rename, so that it holds all or none."""
    cached.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cached.parent, prefix=".part.") as part:
        resolve(Path(part))
        kept = Path(part, "kept")
        kept.mkdir()
        for jar in delta_jars(Path(part, "jars")):
            put(jar, kept / jar.name)
        if not list(kept.glob("*delta-spark*.jar")):
            sys.exit(f"{DELTA} was not among the jars that came. Is Maven Central in reach?")
        try:
            kept.rename(cached)
        except OSError:
            if not cached.is_dir():  # else another set-up was quicker, and its jars are the same
                raise


def resolve(folder: Path) -> None:
    """Lets Spark's resolver fetch Delta and all that it needs into FOLDER/jars."""
    empty_script = folder / "nothing.py"
    empty_script.touch()
    command = [
        *(str(SPARK / "bin" / "spark-submit"), "--master", "local[1]", "--packages", DELTA),
        *("--conf", f"spark.jars.ivy={folder}", str(empty_script)),
    ]
    environ = {**os.environ, "SPARK_HOME": str(SPARK), "PYSPARK_PYTHON": sys.executable}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environ)
    if done.returncode:
        sys.exit(f"Spark could not resolve {DELTA}; what it printed last:\n{done.stderr[-2000:]}")


def delta_jars(folder: Path) -> list[Path]:
    """The jars of a folder that Spark does not carry itself."""
    return [jar for pattern in KEPT for jar in sorted(folder.glob(pattern))]


def put(jar: Path, place: Path) -> None:
    """Copies a jar; a rename ends it, so that a killed set-up leaves no half jar where Spark looks."""
    half = place.with_name(f".{place.name}.part")
    shutil.copy2(jar, half)
    half.replace(place)


def cache_folder() -> Path:
    """Where set-up keeps what it fetched and built, for all checkouts of this user."""
    user_cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(os.environ.get("NEWSLABEL_CACHE") or Path(user_cache, "newslabel"))


if __name__ == "__main__":
    main()
