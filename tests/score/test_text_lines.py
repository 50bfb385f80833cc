"""Articles as JSON lines, labelled as they come."""

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from newslabel.errors import DataError
from newslabel.score import label_lines, load_scorer

CHECKOUT = Path(__file__).resolve().parents[2]


@pytest.fixture
def scorer(make_bundle, kernels):
    return load_scorer(make_bundle(), kernels)


def answered(scorer, lines: bytes, **options) -> list[dict]:
    answers = io.StringIO()
    label_lines(scorer, io.BytesIO(lines), answers, **{"longest": 1 << 20} | options)
    return [json.loads(line) for line in answers.getvalue().splitlines()]


def test_each_line_is_answered_in_order_with_its_other_keys(scorer) -> None:
    lines = b'{"id": 7, "title": "Hoax", "text": null}\n\n{"text": "official weather", "tags": ["a"]}'
    assert answered(scorer, lines) == [
        {"id": 7, "label": "FAKE", "probability": 0.982, "reason": None, "n_tokens": 1, "unknown_share": 0.0},
        {"tags": ["a"], "label": "REAL", "probability": 0.018, "reason": None, "n_tokens": 2, "unknown_share": 0.0},
    ]


def test_what_moved_an_article_is_a_list_where_it_is_asked_for(scorer) -> None:
    hoax, nothing = answered(scorer, b'{"text": "A Hoax, official."}\n{"text": "..."}', explain=2)
    assert [each["word"] for each in hoax["why"]] == ["Hoax,", "official."]
    assert nothing["why"] is None


def test_no_lines_have_no_answers(scorer) -> None:
    assert answered(scorer, b"") == answered(scorer, b"\n \n") == []


def test_a_line_that_holds_no_article_is_told_by_its_number_and_the_rest_is_answered(scorer) -> None:
    lines = [
        b'{"text": "hoax"}',
        b"{",
        b"[1]",
        b'{"body": "hoax"}',
        b'{"text": 3}',
        b'{"text": "\xff"}',
        b"[" * 100_000,
        b'{"text": "hoax", "id": 1e999}',
        b'{"text": "hoax", "id": NaN}',
        b'{"title": "official"}',
    ]
    answers = io.StringIO()
    with pytest.raises(DataError, match="Received: 8 of these"):
        label_lines(scorer, io.BytesIO(b"\n".join(lines)), answers, longest=1 << 20)
    told = [json.loads(line) for line in answers.getvalue().splitlines()]
    assert [answer.get("line") or answer["label"] for answer in told] == ["FAKE", 2, 3, 4, 5, 6, 7, 8, 9, "REAL"]
    assert told[3]["error"] == told[2]["error"] == "an article is an object with title or text"
    assert told[4]["error"] == "text must be a string or null"
    assert all(told[place]["error"].startswith("no JSON: ") for place in (1, 5, 6, 7, 8))


def test_a_line_that_is_too_long_is_told_and_the_next_is_answered(scorer) -> None:
    lines = io.BytesIO(b'{"text": "' + b"hoax " * 2_000_000 + b'"}\n{"text": "hoax"}')
    answers = io.StringIO()
    with pytest.raises(DataError, match="Received: 1 of these"):
        label_lines(scorer, lines, answers, longest=1000)
    first, second = (json.loads(line) for line in answers.getvalue().splitlines())
    assert first == {"line": 1, "error": "longer than ingest.max_record_bytes, 1000"}
    assert second["label"] == "FAKE"


def test_a_label_that_the_line_has_gives_way_to_the_models(scorer) -> None:
    (answer,) = answered(scorer, b'{"text": "hoax", "label": "REAL"}')
    assert answer["label"] == "FAKE"


def test_hostile_texts_come_back_as_ascii(scorer) -> None:
    answers = io.StringIO()
    line = json.dumps({"id": "\u202e\x1b[31m<script>", "text": "hoax \ud800"}).encode()
    label_lines(scorer, io.BytesIO(line), answers, longest=1 << 20)
    assert answers.getvalue().startswith(r'{"id": "\u202e\u001b[31m<script>", "label": "FAKE"')


def test_a_line_is_answered_while_the_next_is_still_to_come(make_bundle, kernels) -> None:
    command = [sys.executable, str(CHECKOUT / "jobs" / "label_text.py"), "--json-lines", "--bundle", make_bundle()]
    with subprocess.Popen(
        [*command, "--set", f"score.cache={kernels}"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as job:
        for number in range(2):
            job.stdin.write(b'{"id": %d, "text": "hoax"}\n' % number)
            job.stdin.flush()
            assert json.loads(job.stdout.readline())["id"] == number
        job.stdin.write(b"no article")
        job.stdin.close()
        assert json.loads(job.stdout.readline())["line"] == 3
    assert job.returncode == 3


def test_a_text_and_lines_exclude_each_other(tmp_path) -> None:
    command = [sys.executable, str(CHECKOUT / "jobs" / "label_text.py"), "hoax", "--json-lines"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "--json-lines reads --file or standard input. Received: 'hoax'" in done.stderr
    missing = [*command[:2], "--json-lines", "--file", str(tmp_path / "none"), "--bundle", str(tmp_path)]
    assert subprocess.run(missing, capture_output=True, check=False).returncode == 4
