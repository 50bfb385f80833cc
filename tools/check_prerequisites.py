"""Names everything that set-up would miss, before it spends minutes, each with the command that mends it.

Any Python 3 can run this file, as the right one may be what is missing: hence no syntax newer than 3.6.
PYTHON in the environment names the Python to use. Where nothing is missing, its path is printed on standard output;
where something is, all of it on standard error, and the exit code is 1.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

PYTHONS = ("3.11", "3.12")
JAVAS = (17, 21)
# GB that set-up takes at its height, rounded up from what was measured: .venv, 3.6, beside what pip has downloaded for
# it, 1.1; the caches, 1.6; and what pip has in the temporary folder while it builds PySpark, before .venv is filled
VENV_GB, CACHE_GB, BUILD_GB = 4.8, 1.7, 3.1
HOME = Path(__file__).resolve().parent.parent


class Problem(NamedTuple):
    """Something that set-up cannot do without: what was wanted, what was found, the command that mends it."""

    wanted: str
    found: str
    mend: str


def main() -> None:
    """Prints the Python to use, or every problem."""
    python, problems = check_python()
    problems += check_java() + check_compiler() + check_make() + check_room()
    for problem in problems:
        print(f"{problem.wanted}\n    found: {problem.found}\n    mend:  {problem.mend}\n", file=sys.stderr)
    if problems:
        sys.exit("Nothing was changed. Mend what stands above and run make setup again.")
    print(python)


def check_python() -> "tuple[str, list[Problem]]":
    """The Python to make .venv with, and what is wrong with it."""
    asked_for = os.environ.get("PYTHON")
    names = [asked_for] if asked_for else [f"python{version}" for version in PYTHONS] + ["python3", "python"]
    versions = {name: python_version(name) for name in names}
    good = [name for name in names if versions[name].startswith(PYTHONS)]
    wanted = f"Python {' or '.join(PYTHONS)} is needed."
    if not good:
        found = [f"{name} is {version}" for name, version in versions.items() if version]
        mend = install({"apt-get": "python3.11 python3.11-venv", "dnf": "python3.11"})
        return "", [Problem(wanted, "; ".join(found) or f"no {' and no '.join(names)}", mend)]
    python = shutil.which(good[0]) or good[0]
    if run([python, "-c", "import ensurepip, venv"])[0]:
        package = f"python{'.'.join(versions[good[0]].split('.')[:2])}"
        mend = install({"apt-get": f"{package}-venv", "dnf": package})
        return "", [Problem("Python's venv and ensurepip modules are needed.", f"{python} lacks them", mend)]
    return python, []


def python_version(name: str) -> str:
    """The version of a Python like 3.11.7; empty where it does not run."""
    code, output = run([name, "-c", "import platform; print(platform.python_version())"])
    return "" if code else output.strip()


def check_java() -> "list[Problem]":
    """What is wrong with the Java that Spark will start: JAVA_HOME's, or the first on PATH."""
    java_home = os.environ.get("JAVA_HOME")
    java = str(Path(java_home, "bin", "java")) if java_home else "java"
    found = java_found(java)
    if not found:
        return []
    if java_home:
        found += f" (JAVA_HOME is {java_home})"
    return [Problem(f"Java {' or '.join(map(str, JAVAS))} is needed, by Spark.", found, mend_java())]


def java_found(java: str) -> str:
    """What is wrong with a Java; empty where nothing is."""
    # Spark 4.2 starts with this module; the Java that some Python packages carry lacks it
    code, output = run([java, "--add-modules=jdk.incubator.vector", "-version"])
    version = java_version(output if code == 0 else run([java, "-version"])[1])
    if version is None:
        return f"{java} does not run" if shutil.which(java) else f"no {java}"
    if version not in JAVAS:
        return f"{java} is Java {version}"
    return f"{java} is Java {version} without the module jdk.incubator.vector" if code else ""


def java_version(output: str) -> "int | None":
    """The major version in what `java -version` prints (openjdk, Temurin, Oracle); None where it prints none."""
    match = re.search(r'^\w+ version "(?:1\.)?(\d+)', output, re.MULTILINE)
    return int(match.group(1)) if match else None


def mend_java() -> str:
    """The command that gives Spark a Java: a choice of one that is installed, or an installation."""
    places = [Path.home() / ".sdkman/candidates/java", Path("/usr/lib/jvm"), Path("/opt")]
    for java in (java for place in places for java in sorted(place.glob("*/bin/java"))):
        if not java_found(str(java)):
            return f"export JAVA_HOME={java.parent.parent}"
    return install({"apt-get": "openjdk-17-jre-headless", "dnf": "java-17-openjdk-headless"})


def check_compiler() -> "list[Problem]":
    """What is wrong with the C++ compiler that builds Horovod: it must compile C++ 17, its library included."""
    names = [os.environ["CXX"]] if os.environ.get("CXX") else ["c++", "g++", "clang++"]
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "probe.cpp")
        source.write_text("#include <string_view>\nint main() { return std::string_view().size(); }\n")
        outputs = {name: run([name, "-std=c++17", str(source), "-o", str(source.with_suffix(""))]) for name in names}
    if any(code == 0 for code, _ in outputs.values()):
        return []
    failed = {name: output.strip()[-200:] for name, (_, output) in outputs.items() if shutil.which(name)}
    found = "; ".join(f"{name} fails: {output}" for name, output in failed.items()) or f"no {', no '.join(names)}"
    mend = install({"apt-get": "g++ make", "dnf": "gcc-c++ make"})
    return [Problem("A compiler of C++ 17 is needed, by Horovod.", found, mend)]


def check_make() -> "list[Problem]":
    """Whether cmake, which builds Horovod, will find make; make may have been started by another name."""
    mend = install({"apt-get": "make", "dnf": "make"})
    return [] if shutil.which("make") else [Problem("make is needed on PATH, by Horovod.", "no make", mend)]


def check_room() -> "list[Problem]":
    """Disks with too little room for what set-up puts there."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    temporary = Path(tempfile.gettempdir())
    needs = [
        (HOME, VENV_GB, "git clone . /larger/disk/newslabel"),
        (cache, CACHE_GB, "export XDG_CACHE_HOME=/larger/disk/cache"),
    ]
    if disk_of(temporary) != disk_of(HOME):
        # else it fits where .venv will be
        needs.append((temporary, BUILD_GB, "export TMPDIR=/larger/disk/tmp"))
    disks = {}  # type: dict[int, list[tuple[Path, float, str]]]
    for need in needs:
        disks.setdefault(disk_of(need[0]), []).append(need)
    return [problem for parts in disks.values() for problem in check_disk(parts)]


def check_disk(parts: "list[tuple[Path, float, str]]") -> "list[Problem]":
    """What is wrong with one disk, for the folders that are on it: folder, GB needed there, command that moves it."""
    needed = sum(gb for _, gb, _ in parts)
    free = shutil.disk_usage(str(existing(parts[0][0]))).free / 1e9
    # what an earlier set-up left is there already; it is looked at last, as it takes a while
    if free >= needed or free >= needed - sum(used_gb(folder / ".venv") for folder, _, _ in parts):
        return []
    folders = ", ".join(f"{gb:.1f} for {folder}" for folder, gb, _ in parts)
    wanted = f"{needed:.1f} GB of free disk are needed ({folders})."
    return [Problem(wanted, f"{free:.1f} GB free", f"free some, or {parts[0][2]}")]


def used_gb(folder: Path) -> float:
    """What a folder holds; nothing where there is none."""
    files = (Path(place, name) for place, _, names in os.walk(str(folder)) for name in names)
    return sum(file.lstat().st_size for file in files) / 1e9


def disk_of(folder: Path) -> int:
    """The number of the disk that a folder is on, or will be."""
    return existing(folder).stat().st_dev


def existing(folder: Path) -> Path:
    """The folder, or its nearest parent that exists."""
    return next(place for place in (folder, *folder.parents) if place.exists())


def install(packages: "dict[str, str]") -> str:
    """The command that installs a package, by the package manager of this machine; apt-get's where it is another."""
    manager = next((manager for manager in packages if shutil.which(manager)), "apt-get")
    sudo = "" if os.geteuid() == 0 else "sudo "
    return f"{sudo}{manager} install {packages[manager]}"


def run(command: "list[str]") -> "tuple[int, str]":
    """A program's exit code and all that it printed; 127 and nothing where it cannot be started."""
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return 127, ""
    return done.returncode, done.stdout.decode(errors="replace")


if __name__ == "__main__":
    main()
