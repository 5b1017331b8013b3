"""`run`: one task worked on, by a command or by the caller itself; and what became of runs."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from vespera_core.cli import options, signals, values
from vespera_core.cli.family import Family
from vespera_core.cli.session import Run

if TYPE_CHECKING:
    from vespera_core.app.runs.answers import RunAnswer


@click.group("run", cls=Family, aliases={"show": "status", "ls": "list", "history": "list", "done": "finish"})
@options.common
def run() -> None:
    """Runs: start, status, progress, finish, cancel, list, stats."""


@run.command("start")
@click.argument("id")
@click.argument("command", nargs=-1, type=click.UNPROCESSED, metavar="[-- CMD...]")
@click.option("--executor", metavar="NAME", help="How it is run: manual, or command where one is given.")
@options.role
@options.fence
@options.lease
@click.option("--time-limit", metavar="SPAN", help="End the command after so long.")
@click.option("--cwd", metavar="DIR", help="Where the command works; else the folder of the workspace.")
@click.option("--budget", type=int, default=2000, show_default=True, help="Tokens of the briefing.")
@options.writing
@click.pass_obj
def start(run: Run, /, id: str, command: tuple[str, ...], executor: str | None, **said: Any) -> None:
    """Work on a task: without a command, claim it and answer with its briefing; with one, run it to its end.

    Arguments {task_id}, {title} and {workspace} of the command stand for what they name. No shell reads them.
    """
    from vespera_core.cli.views import runs as view

    name = executor or ("command" if command else "manual")
    if command:
        _run_command(run, id, command, name, said)
        return
    from vespera_core.app.runs.requests import StartRun

    request = StartRun(
        task_id=id, role=said["role"], executor=name, fence=said["fence"], budget=said["budget"],
        lease_seconds=values.seconds(said["lease"]),
    )  # fmt: skip
    run.show(run.call("run.start", request), view.started)


def _run_command(run: Run, id: str, command: tuple[str, ...], executor: str, said: dict[str, Any]) -> None:
    from vespera_core.app.runs.requests import RunRef
    from vespera_core.app.runs.settings import WorkerSettings
    from vespera_core.app.runs.worker import Worker
    from vespera_core.cli.commands.worker import folder_of
    from vespera_core.cli.views import runs as view

    settings = WorkerSettings(
        command=command, folder=folder_of(run, said["cwd"]), executor=executor, task_id=id, fence=said["fence"],
        role=said["role"], lease_seconds=values.seconds(said["lease"]), grace=0.0, once=True,
        time_limit=values.span(said["time_limit"], "time-limit"),
    )  # fmt: skip
    worker = Worker(run.ledger.kernel, run.ledger.caller, settings, lambda _: None)
    with signals.ending(worker.end):
        worker.run()
    answer: RunAnswer = run.call("run.status", RunRef(run_id=id))
    run.show(answer, view.status)
    if answer.run.state != "succeeded":
        sys.stdout.flush()
        raise click.exceptions.Exit(1)


@run.command("status")
@click.argument("id")
@options.common
@click.pass_obj
def status(run: Run, id: str) -> None:
    """One run, or the newest one of a task."""
    from vespera_core.app.runs.requests import RunRef
    from vespera_core.cli.views import runs as view

    run.show(run.call("run.status", RunRef(run_id=id)), view.status)


@run.command("progress")
@click.argument("id")
@click.argument("note", required=False)
@click.option("--percent", type=float, metavar="N", help="How far it is, from 0 to 100.")
@options.fence
@options.writing
@click.pass_obj
def progress(run: Run, id: str, note: str | None, percent: float | None, fence: int | None) -> None:
    """Say how far a run is; that renews its lease."""
    from vespera_core.app.runs.requests import RunProgress
    from vespera_core.cli.views import runs as view

    share = None if percent is None else percent / 100
    run.show(run.call("run.progress", RunProgress(run_id=id, fence=fence, progress=share, note=note)), view.status)


@run.command("finish")
@click.argument("id")
@click.option("--failed", "outcome", flag_value="failed", help="It failed: the task is tried again later.")
@click.option(
    "--stopped", "outcome", flag_value="stopped", help="It was given up before its end, at no attempt's cost."
)
@options.fence
@options.reason
@click.option("--command", "--ran", "command", metavar="CMD", default="", help="What was run, as evidence.")
@click.option("--exit-code", type=int, metavar="N", help="How that ended.")
@options.writing
@click.pass_obj
def finish(run: Run, /, id: str, outcome: str | None, **said: Any) -> None:
    """End a run of one's own: its task is completed, or with --failed tried again later."""
    from vespera_core.app.runs.requests import FinishRun
    from vespera_core.cli.views import runs as view

    said["reason"] = said["reason"] or ""
    run.show(run.call("run.finish", FinishRun(run_id=id, outcome=outcome or "succeeded", **said)), view.status)


@run.command("cancel")
@click.argument("id")
@options.reason
@click.option("--requeue", is_flag=True, help="Give the task back to the queue; else it waits for a person.")
@options.writing
@click.pass_obj
def cancel(run: Run, id: str, reason: str | None, requeue: bool) -> None:
    """End a run, whoever's it is: its command is killed at the worker's next sign of life."""
    from vespera_core.app.runs.requests import CancelRun
    from vespera_core.cli.views import runs as view

    run.show(run.call("run.cancel", CancelRun(run_id=id, reason=reason or "", requeue=requeue)), view.status)


@run.command("list")
@click.argument("id", required=False)
@options.project
@options.role
@click.option("--state", multiple=True, callback=options.split, metavar="STATE", help="In this state; repeatable.")
@options.limit
@options.common
@click.pass_obj
def list_(run: Run, id: str | None, project: str | None, role: str | None, state: tuple[str, ...], limit: int) -> None:
    """Runs, newest first; those of one task, where it is named."""
    from vespera_core.app.runs.requests import ListRuns
    from vespera_core.cli.views import runs as view

    request = ListRuns(task_id=id, project_id=project, role=role, state=state, limit=limit)
    run.show(run.call("run.list", request), view.listed)


@run.command("stats")
@options.project
@options.role
@options.common
@click.pass_obj
def stats(run: Run, project: str | None, role: str | None) -> None:
    """How runs went: how many ended how, how many were repeats, and how long they took."""
    from vespera_core.app.runs.requests import ListRuns
    from vespera_core.cli.views import runs as view

    run.show(run.call("run.statistics", ListRuns(project_id=project, role=role)), view.figures)
