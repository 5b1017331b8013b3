"""`list`: tasks that fit filters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from vespera_core.app.requests import ListTasks
from vespera_core.cli import options, values
from vespera_core.cli.session import Run

F = TypeVar("F", bound=Callable[..., Any])


def filters(function: F) -> F:
    """The options that narrow a listing."""
    for option in (
        options.cursor,
        options.limit,
        click.option(
            "--sort",
            default="priority",
            show_default=True,
            metavar="KEY",
            help="priority, created, updated, title or id.",
        ),
        click.option("--deleted", is_flag=True, help="Deleted tasks instead of live ones."),
        click.option("--all", "everything", is_flag=True, help="All of them, open and closed, however many."),
        click.option("--parent", metavar="ID", help="Right below this task."),
        options.tags,
        options.assignee,
        options.role,
        click.option(
            "-p",
            "--priority",
            multiple=True,
            callback=options.split,
            metavar="P",
            help="critical to someday, or 0 to 4; repeatable.",
        ),
        options.types,
        options.project,
        click.option(
            "-s",
            "--status",
            multiple=True,
            callback=options.split,
            metavar="STATUS",
            help="Or open, closed; repeatable.",
        ),
    ):
        function = option(function)
    return function


def narrowed(kind: type[ListTasks], words: dict[str, Any], **more: Any) -> Callable[[tuple[str, ...]], ListTasks]:
    """The request behind the filters, as a function of the words for statuses."""

    def request(statuses: tuple[str, ...]) -> ListTasks:
        opened, named = openness(statuses)
        return kind(
            status=named, open=opened, type=words["type"], priority=words["priority"], role=words["role"],
            assignee=words["assignee"], tags=words["tags"], parent_id=words["parent"], project_id=words["project"],
            deleted=words["deleted"], sort=words["sort"], limit=0 if words["everything"] else words["limit"],
            cursor=words["cursor"], **more,
        )  # fmt: skip

    return request


def openness(statuses: tuple[str, ...]) -> tuple[bool | None, tuple[str, ...]]:
    """ "open" and "closed" are families of statuses: both together narrow nothing, and neither joins single ones."""
    families = {"<open>", "<closed>"} & set(statuses)
    if not families:
        return None, statuses
    others = tuple(one for one in statuses if one not in families)
    if others:
        raise click.UsageError(
            "open and closed stand for many statuses: name them alone, or name single statuses only."
        )
    return (families == {"<open>"} if len(families) == 1 else None), ()


def meant(statuses: tuple[str, ...]) -> tuple[str, ...]:
    """What words for statuses usually mean."""
    families = {"open": "<open>", "closed": "<closed>", "all": "<open>,<closed>"}
    words = [families.get(one, values.STATUS_WORDS.get(one, one)) for one in statuses]
    return tuple(",".join(words).split(",")) if words else ()


@click.command("list")
@filters
@options.as_of
@options.common
@click.pass_obj
def list_(run: Run, /, status: tuple[str, ...], as_of: str | None, **words: Any) -> None:
    """Tasks that fit filters; without any, all that are not deleted."""
    from vespera_core.cli.views import tasks as view

    request = narrowed(ListTasks, words, as_of=values.past(as_of))
    answer = values.retried(lambda said: run.call("task.list", request(said)), status, meant(status))
    run.show(answer, view.rows)
