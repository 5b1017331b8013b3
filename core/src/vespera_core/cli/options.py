"""Options that many commands share, each described once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


def _keep(context: click.Context, parameter: click.Parameter, value: Any) -> None:
    """Put a common option where the run finds it, whether it was typed before or after the command."""
    if value is not None and value is not False:
        setattr(context.obj, str(parameter.name), value)


def _kept(*names: str, help: str, **more: Any) -> Callable[[F], F]:
    return click.option(*names, help=help, expose_value=False, callback=_keep, **more)


def common(function: F) -> F:
    """What every command takes: the form of the answer, who acts, and where."""
    for option in (
        _kept("--storage", "storage", metavar="NAME", help="Use this store instead of the configured one."),
        _kept("-C", "folder", metavar="DIR", help="The folder that holds the workspace."),
        _kept("--actor", "--as", "actor", metavar="NAME", help="Who acts; else VESPERA_ACTOR, else the login name."),
        _kept("--json", "json", is_flag=True, help="Answer with one line of JSON."),
    ):
        function = option(function)
    return function


def writing(function: F) -> F:
    """What every command that writes takes."""
    key = _kept(
        "--idempotency-key",
        "idempotency_key",
        metavar="KEY",
        help="Repeating the command with the same KEY changes nothing more.",
    )
    return common(key(function))


def or_else_root(context: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    """A project named before the command counts as named after it."""
    return value if value is not None else context.obj.project


def split(_context: click.Context, _parameter: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    """Words given one by one, or several with commas between them."""
    return tuple(word for value in values for word in value.split(",") if word)


project = click.option("--project", callback=or_else_root, metavar="ID", help="Of this project.")
role = click.option("--role", metavar="ROLE", help="For this role.")
assignee = click.option("-a", "--assignee", metavar="NAME", help="Assigned to NAME.")
types = click.option("-t", "--type", multiple=True, callback=split, metavar="TYPE", help="Of this type; repeatable.")
tags = click.option(
    "-l",
    "--label",
    "--tag",
    "--tags",
    "--labels",
    "tags",
    multiple=True,
    metavar="TAG",
    help="With this tag; repeatable.",
)
limit = click.option("-n", "--limit", type=int, default=50, show_default=True, help="How many at most; 0 for all.")
cursor = click.option("--cursor", metavar="C", help="Go on where the page that gave C ended.")
as_of = click.option("--as-of", metavar="TIME", help="As it was then: 2026-11-22T14:30:00Z, or '2h ago'.")
fence = click.option("--fence", type=int, metavar="N", help="The number that the claim answered.")
reason = click.option(
    "-r", "--reason", "-m", "--message", "--comment", "--resolution", "reason", metavar="TEXT", help="Why."
)
lease = click.option(
    "--lease", default="15m", show_default=True, metavar="SPAN", help="How long the hold lasts without a sign of life."
)
