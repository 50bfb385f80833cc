"""Labels what was crawled."""

from typing import Annotated

import typer

from newslabel.command import Set, SettingsFile, job_settings, print_table, run_job
from newslabel.errors import SettingsError


def score_articles(
    day: Annotated[
        str | None,
        typer.Option("--date", metavar="DAY", help="One crawl date: 2026-11-20, today or yesterday."),
    ] = None,
    first: Annotated[str | None, typer.Option("--from", metavar="DAY", help="The first crawl date.")] = None,
    last: Annotated[str | None, typer.Option("--to", metavar="DAY", help="The last crawl date, included.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Label also what is not due.")] = False,
    rescore: Annotated[
        bool, typer.Option("--rescore", help="Label also what another version than the champion labelled.")
    ] = False,
    model: Annotated[
        str | None,
        typer.Option(metavar="VERSION", help="Label with this version (a number, or latest) into shadow_labels."),
    ] = None,
    expect: Annotated[
        str | None,
        typer.Option(metavar="DAY", help="End with an exit code of its own if this date has no articles."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be labelled, and how long it would take.")
    ] = False,
    explain: Annotated[
        int, typer.Option(metavar="K", min=0, max=50, help="Tell in `why` the K words that moved each article most.")
    ] = 0,
    fail_on_drift: Annotated[
        bool, typer.Option("--fail-on-drift", help="End with a code of its own if labels have drifted.")
    ] = False,
    settings_file: SettingsFile = None,
    overrides: Set = None,
) -> None:
    """Label every due crawl date with the champion: those whose articles are not the ones that were labelled.

    Each date is one atomic commit. Started twice, killed or restarted, it leaves the same labels. With --date, a date
    that has no articles ends with an exit code of its own. Then the table drift is told how far the labels have moved.

    Example: score_articles --expect yesterday

    Example: score_articles --rescore --from 2026-11-01
    """
    settings = job_settings(settings_file, overrides)
    from newslabel.days import named_day
    from newslabel.expected import check_expected
    from newslabel.score import ScoreRequest, plan_scoring, refuse_drift, score_articles
    from newslabel.score.dates import asked_dates
    from newslabel.session import spark_session

    if fail_on_drift and model:
        raise SettingsError(f"--fail-on-drift is of the champion's labels, so it excludes --model. Received: {model!r}")
    from_date, to_date = asked_dates(settings, day=day, first=first, last=last)
    expected = named_day(expect, settings.crawl.zone, option="--expect") if expect else None
    request = ScoreRequest(first=from_date, last=to_date, force=force, rescore=rescore, model=model, explain=explain)
    with spark_session(settings, job="score_articles") as spark:
        if dry_run:
            plan = plan_scoring(spark, settings, request)
            print_table("would be labelled", ["crawl date", "articles", "labels now"], plan.partitions)
            print_table("", ["", ""], plan.facts())
            return
        summary = score_articles(spark, settings, request)
        print_table("labelled", ["", ""], summary.facts())
        if fail_on_drift:
            refuse_drift(summary.alerts)  # first: they are told once, a missing date again and again
        if expected:
            check_expected(spark, settings, expected)


if __name__ == "__main__":
    run_job(score_articles)
