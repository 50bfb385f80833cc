"""How the words of a command line reach the job and Spark."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest


def shown(house, *words, **options):
    done = house.run(*words, **options)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def spark_words(house, *words, **options):
    """The words for spark-submit, but for those that name the properties of this checkout."""
    words = shown(house, *words, **options)["environ"]["PYSPARK_SUBMIT_ARGS"]
    return words.replace(f"--properties-file {house.folder}/conf/spark-defaults.conf ", "")


def test_what_follows_the_job_goes_to_the_job(house):
    given = shown(house, "--name", "show_words", "show_words", "--master", "two words", "--help")
    assert given["words"] == ["--master", "two words", "--help"]


def test_what_stands_before_the_job_goes_to_spark(house):
    words = ["--master", "local[3]", "--verbose", "--conf", "spark.app.note=two words", "-c", "a=b", "--name=x y"]
    assert spark_words(house, *words, "show_words") == (
        "--master 'local[3]' --verbose --conf 'spark.app.note=two words' -c a=b --name 'x y' pyspark-shell"
    )


def test_with_no_master_a_job_has_all_local_cores(house):
    assert spark_words(house, "show_words") == "--master 'local[*]' pyspark-shell"


def test_a_master_among_the_properties_counts(house, tmp_path):
    assert "--master 'local[1]'" in spark_words(house, "--conf", "spark.master=local[1]", "show_words")
    properties = tmp_path / "mine.conf"
    properties.write_text("# mine\nspark.master   local[5]\nspark.jars=/a.jar\n")
    assert "--master 'local[5]'" in spark_words(house, "--properties-file", str(properties), "show_words")


def test_a_properties_file_of_ones_own_does_not_put_ours_out_of_force(house, tmp_path):
    properties = tmp_path / "mine.conf"
    properties.write_text("spark.sql.shuffle.partitions 4\n")
    assert "--load-spark-defaults" in spark_words(house, "--properties-file", str(properties), "show_words")


def test_a_local_spark_maps_the_classes_that_make_setup_keeps(house, tmp_path):
    environ = shown(house, "show_words")["environ"]
    assert environ["NEWSLABEL_JAVA_CLASSES"] == f'"-XX:SharedArchiveFile={house.folder}/.venv/spark.jsa" -Xlog:cds*=off'
    assert environ["PYSPARK_SUBMIT_ARGS"].endswith(
        f"--properties-file {house.folder}/conf/spark-defaults.conf pyspark-shell"
    )
    for words in (["--master", "yarn"], ["--properties-file", "/mine.conf"]):
        environ = shown(house, *words, "show_words", NEWSLABEL_JAVA_CLASSES="of a caller")["environ"]
        assert "NEWSLABEL_JAVA_CLASSES" not in environ
    told = tmp_path / "loaded"
    done = house.run("--version", SPARK_SUBMIT_OPTS=f"-Xlog:class+load:file={told}")
    assert (done.returncode, "4.2.0" in done.stderr) == (0, True)
    assert len(re.findall(r"^.*org.apache.spark.*shared objects file \(top\)", told.read_text(), re.MULTILINE)) > 20


def test_a_job_that_passes_rows_on_is_compiled_quickly_on_this_machine_unless_the_caller_wants_it_otherwise(house):
    (house.folder / "jobs" / "score_articles.py").symlink_to("show_words.py")
    environ = shown(house, "score_articles", SPARK_SUBMIT_OPTS="-Xmx1g")["environ"]
    assert environ["SPARK_SUBMIT_OPTS"] == "-XX:TieredStopAtLevel=1 -Xmx1g"
    assert shown(house, "score_articles")["environ"]["SPARK_SUBMIT_OPTS"] == "-XX:TieredStopAtLevel=1"
    bench = Path(__file__).resolve().parents[2] / "bench" / "score_job.py"
    assert '\nQUICK_COMPILER = "-XX:TieredStopAtLevel=1"' in bench.read_text()  # what is measured is what is run
    assert "SPARK_SUBMIT_OPTS" not in shown(house, "show_words")["environ"]
    assert "SPARK_SUBMIT_OPTS" not in shown(house, "--master", "yarn", "score_articles")["environ"]


def test_executors_elsewhere_are_sent_the_delta_jars_after_the_users_own(house):
    words = spark_words(house, "--master", "spark://far:7077", "--jars", "/mine.jar", "show_words")
    jars = words.split("--jars ")[-1].split()[0].split(",")
    assert jars[0] == "/mine.jar"
    assert "io.delta_delta-spark_4.2_2.13-4.4.0.jar" in [Path(jar).name for jar in jars]
    assert all(Path(jar).is_file() for jar in jars[1:])


def test_local_workers_run_this_checkouts_python_whatever_the_caller_uses_elsewhere(house):
    environ = shown(house, "show_words", PYSPARK_PYTHON="/usr/bin/other", SPARK_HOME="/opt/other-spark")["environ"]
    assert environ["PYSPARK_PYTHON"] == environ["PYSPARK_DRIVER_PYTHON"] == f"{house.folder}/.venv/bin/python"
    assert environ["SPARK_CONF_DIR"] == f"{house.folder}/conf"
    assert environ["SPARK_LOCAL_IP"] == "127.0.0.1"
    assert "SPARK_HOME" not in environ


def test_executors_elsewhere_keep_the_python_and_the_configuration_that_the_user_chose(house, tmp_path):
    environ = shown(
        house, "--master", "yarn", "show_words", PYSPARK_PYTHON="./env/bin/python", SPARK_CONF_DIR=str(tmp_path)
    )["environ"]
    assert environ["PYSPARK_PYTHON"] == "./env/bin/python"
    assert environ["SPARK_CONF_DIR"] == str(tmp_path)
    assert "SPARK_LOCAL_IP" not in environ


def test_a_link_to_the_door_works_from_any_folder_and_keeps_the_callers(house, tmp_path):
    elsewhere = tmp_path / "else where"
    elsewhere.mkdir()
    (elsewhere / "newslabel").symlink_to(house.folder / "spark-submit.sh")
    done = subprocess.run(
        [str(elsewhere / "newslabel"), "show_words", "crawl/a.csv"],
        capture_output=True, text=True, check=True, cwd=elsewhere,
    )  # fmt: skip
    assert json.loads(done.stdout)["words"] == ["crawl/a.csv"]
    assert json.loads(done.stdout)["folder"] == str(elsewhere)


def test_spark_options_for_a_job_without_spark_are_said_to_have_no_effect(house):
    done = house.run("--master", "yarn", "give_code", "3")
    assert done.returncode == 3
    assert done.stderr == "give_code starts no Spark: the options before it have no effect.\n"
    assert house.run("give_code", "3").stderr == ""


def test_cluster_mode_goes_to_spark_submit_itself(house):
    done = house.run("--deploy-mode", "cluster", "show_words")
    assert done.returncode == 1
    assert 'Cluster deploy mode is not compatible with master "local"' in done.stderr


def test_the_door_knows_every_option_of_the_installed_spark_submit():
    sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools" / "submit"))
    try:
        from arguments import SWITCHES, WITH_VALUE
    finally:
        sys.path.pop(0)
    import pyspark

    program = Path(pyspark.__file__).parent / "bin" / "spark-submit"
    text = subprocess.run([program, "--help"], capture_output=True, text=True, check=True).stderr
    named = set(re.findall(r"^ +(--[a-z-]+)", text, re.MULTILINE)) | {"-c", "-h", "-v"}
    assert named == WITH_VALUE | SWITCHES


@pytest.mark.parametrize("key", ["spark.driver.memory", "spark.sql.shuffle.partitions", "spark.ui.enabled"])
def test_conf_has_a_laptops_defaults_with_a_reason_above_each(house, key):
    lines = (house.folder / "conf" / "spark-defaults.conf").read_text().splitlines()
    line = next(number for number, text in enumerate(lines) if text.startswith(f"{key} "))
    assert lines[line - 1].startswith("#")
