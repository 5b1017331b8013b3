"""`search`, `suggest`, `trends` and `feedback`: finding tasks, and what finding teaches."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from vespera_core.app.search.requests import Feedback, SearchTasks, Suggest, Trends
from vespera_core.cli import options, values
from vespera_core.cli.commands.listing import meant, openness
from vespera_core.cli.session import Run

F = TypeVar("F", bound=Callable[..., Any])


def _time(name: str, help: str) -> Callable[[F], F]:
    return click.option(name, metavar="TIME", help=help)


def filters(function: F) -> F:
    """The options that narrow a search."""
    for option in (
        options.cursor,
        click.option("-n", "--limit", type=int, default=10, show_default=True, help="How many at most; 0 for all."),
        click.option("--all", "everything", is_flag=True, help="All that was found, however many."),
        _time("--updated-before", "Last changed before then."),
        _time("--updated-after", "Changed since then: 2026-11-01, or '2d ago'."),
        _time("--created-before", "Made before then."),
        _time("--created-after", "Made since then: 2026-11-01, or '2d ago'."),
        click.option("--parent", metavar="ID", help="Right below this task."),
        options.tags,
        options.assignee,
        options.role,
        click.option(
            "-p", "--priority", multiple=True, callback=options.split, metavar="P",
            help="critical to someday, or 0 to 4; repeatable.",
        ),
        options.types,
        options.project,
        click.option(
            "-s", "--status", multiple=True, callback=options.split, metavar="STATUS",
            help="Or open, closed; repeatable.",
        ),
    ):  # fmt: skip
        function = option(function)
    return function


@click.command("search")
@click.argument("text", nargs=-1, required=True)
@click.option(
    "--mode", default="hybrid", show_default=True, metavar="MODE", help="hybrid, text (words) or semantic (meaning)."
)
@click.option("--explain", is_flag=True, help="Show what each score is made of.")
@filters
@options.common
@click.pass_obj
def search(run: Run, /, text: tuple[str, ...], status: tuple[str, ...], **words: Any) -> None:
    """Tasks by what their texts say and mean, best first."""
    from vespera_core.cli.views import search as view

    said = " ".join(text)
    answer = values.retried(lambda given: run.call("task.search", _request(said, given, words)), status, meant(status))
    run.show(answer, lambda found: view.found(found, said))


def _request(text: str, statuses: tuple[str, ...], words: dict[str, Any]) -> SearchTasks:
    opened, named = openness(statuses)
    return SearchTasks(
        text=text, mode=words["mode"], explain=words["explain"], project_id=words["project"], status=named,
        type=words["type"], priority=words["priority"], role=words["role"], assignee=words["assignee"],
        tags=words["tags"], parent_id=words["parent"], open=opened,
        created_after=values.past(words["created_after"]), created_before=values.past(words["created_before"]),
        updated_after=values.past(words["updated_after"]), updated_before=values.past(words["updated_before"]),
        limit=0 if words["everything"] else words["limit"], cursor=words["cursor"],
    )  # fmt: skip


@click.command("suggest")
@click.argument("text", nargs=-1)
@click.option("-n", "--limit", type=int, default=8, show_default=True, help="How many at most; 0 for all.")
@options.common
@click.pass_obj
def suggest(run: Run, text: tuple[str, ...], limit: int) -> None:
    """Queries that begin like this."""
    from vespera_core.cli.views import search as view

    run.show(run.call("search.suggest", Suggest(text=" ".join(text), limit=limit)), view.suggested)


@click.command("trends")
@click.option("--days", type=int, default=14, show_default=True, help="The length of both windows.")
@options.project
@click.option("-n", "--limit", type=int, default=10, show_default=True, help="How many terms at most; 0 for all.")
@options.common
@click.pass_obj
def trends(run: Run, days: int, project: str | None, limit: int) -> None:
    """What tasks are made about more, and less, than before."""
    from vespera_core.cli.views import search as view

    run.show(run.call("search.trends", Trends(days=days, project_id=project, limit=limit)), view.trended)


@click.command("feedback")
@click.argument("task")
@click.option("--useful/--not-useful", "useful", default=None, help="Whether the answer was of use.")
@click.option("--query", metavar="TEXT", help="The query that it was the answer to.")
@click.option("--like", metavar="ID", help="The task that it was said to be like.")
@options.writing
@click.pass_obj
def feedback(run: Run, task: str, useful: bool | None, query: str | None, like: str | None) -> None:
    """Say whether an answer was useful: TASK, to the query --query, or as a task like --like.

    It stays on this machine, and moves what search and duplicates weigh within narrow bounds.
    """
    from vespera_core.cli.views import search as view

    if useful is None:
        raise click.UsageError("Say --useful or --not-useful.", ctx=click.get_current_context())
    request = Feedback(task_id=task, useful=useful, query=query, like=like)
    run.show(run.call("search.feedback", request), view.noted)
