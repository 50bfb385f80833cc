"""One table says which recipe to take, and why: each on the same ten resplits of real news, and across sources.

Real news (REAL_NEWS_DATA, ../shared/data) as they were published: each file's articles come from other sources than the
other's, and of one the real ones begin with their agency's dateline. What was tried before is not tried again, so that
it may be run in pieces (--recipes, --resplits), and killed. The tables are written into docs/models.md.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import pyarrow as pa
import pyarrow.csv as pacsv
import typer
from clean_case import CHECKOUT, DATA
from texts import made_texts

from newslabel.compare import Shown, shown_tables

FILES = ("isot.csv", "fakenewsnet.csv")
DOCUMENT = CHECKOUT / "docs" / "models.md"
BEGIN, END = "<!-- written by bench/compare_recipes.py -->", "<!-- to here -->"
NAMES = sorted(file.stem for file in (CHECKOUT / "conf" / "recipes").glob("*.toml"))
OF_NEWS = [name for name in NAMES if name != "bert" and not name.startswith("sms_")]
# a fifth tests, as in the split of 2,244 and 562 articles that other figures on this news are of
SHARES = ("--set", "tokenize.train_share=0.72", "--set", "tokenize.validation_share=0.08")
ENGLISH = "This is what the people of the town have said to us about it:"  # so that ingestion takes it for English


def compare(  # noqa: PLR0913 - the options of a command line
    *,
    recipes: Annotated[
        str, typer.Option(help="Default: all for news but bert, which takes --preset, and hours.")
    ] = ",".join(OF_NEWS),
    resplits: Annotated[int, typer.Option(min=2)] = 10,
    seeds: Annotated[int, typer.Option(min=1)] = 1,
    workers: Annotated[int, typer.Option(min=1)] = 2,
    vary: Annotated[list[str] | None, typer.Option(help="As compare_recipes takes it.")] = None,
    without_rule: Annotated[list[str] | None, typer.Option(help="As compare_recipes takes it.")] = None,
    cleaning_levels: Annotated[bool, typer.Option("--cleaning-levels", help="As compare_recipes takes it.")] = False,
    glove: Annotated[Path, typer.Option()] = DATA / "glove" / "glove.6B.50d.9k.txt",
    preset: Annotated[Path | None, typer.Option(help="The folder of bert's pretrained network.")] = None,
    folder: Annotated[Path, typer.Option(help="Where tables and results are kept.")] = CHECKOUT / "data" / "compared",
    as_json: Annotated[bool, typer.Option("--json", help="End with one line of JSON.")] = False,
    quick: Annotated[bool, typer.Option("--quick", help="Made news, linear alone: shows that it runs.")] = False,
) -> None:
    options = ["--recipes", "linear" if quick else recipes, "--resplits", str(2 if quick else resplits)]
    options += ["--seeds", str(seeds), "--workers", str(workers)]
    options += [word for name in FILES[: 1 if quick else None] for word in ("--test-files", name)]
    options += [word for each in vary or () for word in ("--vary", each)]
    options += [word for each in without_rule or () for word in ("--without-rule", each)]
    options += ["--cleaning-levels"] if cleaning_levels else []
    if quick:
        with tempfile.TemporaryDirectory(prefix="newslabel-bench-") as place:
            figures = figures_of(made_news(Path(place)), options, Path(place))
    else:
        options += ["--glove", str(glove), *(["--set", f"bert.preset={preset}"] if preset else [])]
        figures = figures_of(DATA / "news", options, folder)
        write_document(figures, shown_command(sys.argv[1:]))
    if as_json:
        sys.stdout.write(json.dumps(figures) + "\n")


def figures_of(news: Path, options: Sequence[str], folder: Path) -> dict[str, Any]:
    """What the job says of the news, in tables of the bench's own."""
    job(folder, "ingest_articles", *(str(news / name) for name in FILES), "--crawl-date", "2026-11-20")
    figures: dict[str, Any] = json.loads(job(folder, "compare_recipes", *options, *SHARES, "--json"))
    return figures


def job(folder: Path, name: str, *words: str) -> str:
    """The last line that a job prints; the others are shown as they come."""
    places = {
        "tables.root": folder / "tables",
        "models.root": folder / "models",
        "models.tracking_uri": f"sqlite:///{folder / 'mlflow.db'}",
        "score.cache": folder / "cache",
    }
    settings = [word for key, place in places.items() for word in ("--set", f"{key}={place}")]
    last = ""
    command = [str(CHECKOUT / "spark-submit.sh"), name, *words, *settings]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        for line in running.stdout or ():
            sys.stdout.write(last)
            last = line
    if running.returncode:
        sys.exit(running.returncode)
    return last


def made_news(folder: Path) -> Path:
    """Files of articles in two languages, one of them FAKE, of which each file tells the other's apart."""
    for seed, name in enumerate(FILES):
        texts = [made_texts(40, words=30, seed=language) for language in (0, 1)]
        both = pa.concat_arrays(texts).take(pa.array(range(seed, 80, 2))).to_pylist()
        labels = ["FAKE"] * 20 + ["REAL"] * 20
        titles = [f"The {name} of the day is number {number}" for number in range(40)]
        articles = [f"{ENGLISH} {text}" for text in both]
        pacsv.write_csv(pa.table({"title": titles, "text": articles, "label": labels}), folder / name)
    return folder


def shown_command(words: Sequence[str]) -> str:
    """The bench's command, without the places of one machine."""
    kept = list(words)
    for option in ("--folder", "--glove", "--preset"):
        if option in kept:
            place = kept.index(option)
            del kept[place : place + 2]
    return " ".join(["python", "bench/compare_recipes.py", *kept])


def write_document(figures: Mapping[str, Any], command: str) -> None:
    """Puts the tables, and the command that makes them, between the document's markers."""
    tables = "\n\n".join(as_markdown(table) for table in shown_tables(figures))
    text = DOCUMENT.read_text(encoding="utf-8")
    before, after = text.partition(BEGIN)[0], text.partition(END)[2]
    made = f"{BEGIN}\n\n```\n{command}\n```\n\n{tables}\n\n{END}"
    DOCUMENT.write_text(before + made + after, encoding="utf-8")


def as_markdown(table: Shown) -> str:
    """A table as Markdown has it, its title above."""
    rows = [table.columns, ["---"] * len(table.columns), *table.rows]
    lines = (" | ".join(cell.replace("|", "\\|") for cell in row) for row in rows)
    return f"{table.title}\n\n" + "\n".join(f"| {line} |" for line in lines)


if __name__ == "__main__":
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command(help=__doc__)(compare)
    app()
