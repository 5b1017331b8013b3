"""`graph critical-path`, `impact`, `bottlenecks`, `waves` and `whatif`: plans, and what would change them."""

from __future__ import annotations

from typing import Any

import click

from vespera_core.app.graph.requests import AskImpact, AskWaves, AskWhatIf, FindBottlenecks, InProject
from vespera_core.cli import options, values
from vespera_core.cli.session import Run
from vespera_core.errors import InvalidInput

hours = click.option(
    "--hours-per-day", type=float, default=24.0, show_default=True, metavar="H", help="How long agents work each day."
)


@click.command("critical-path")
@options.project
@options.common
@click.pass_obj
def critical_path(run: Run, project: str | None) -> None:
    """The longest chain of open work: it decides when all is over."""
    from vespera_core.cli.views import plans as view

    run.show(run.call("graph.critical_path", InProject(project_id=project)), view.critical_path)


@click.command("impact")
@click.argument("id")
@click.option("--delay", metavar="SPAN", help="If it took so much longer: 3d, 2h.")
@click.option("--complete", is_flag=True, help="If it were completed now.")
@click.option("--delete", is_flag=True, help="If it were deleted, with all below it.")
@hours
@options.common
@click.pass_obj
def impact(run: Run, id: str, delay: str | None, hours_per_day: float, *, complete: bool, delete: bool) -> None:
    """What would follow if a task were delayed, completed or deleted. Nothing is written.

    Without an option: all three, and a delay of one day.
    """
    from vespera_core.cli.views import plans as view

    late = values.minutes(delay, "delay")
    request = AskImpact(task_id=id, delay_minutes=late, complete=complete, delete=delete, hours_per_day=hours_per_day)
    run.show(run.call("graph.impact", request), view.impact)


@click.command("bottlenecks")
@options.project
@click.option("-n", "--limit", type=int, default=10, show_default=True, help="How many tasks at most.")
@options.common
@click.pass_obj
def bottlenecks(run: Run, project: str | None, limit: int) -> None:
    """Where open work waits: tasks, roles and people."""
    from vespera_core.cli.views import plans as view

    run.show(run.call("graph.bottlenecks", FindBottlenecks(project_id=project, limit=limit)), view.bottlenecks)


@click.command("waves")
@options.project
@click.option("--max-agents", type=int, default=8, show_default=True, metavar="N", help="Try up to N agents.")
@options.common
@click.pass_obj
def waves(run: Run, project: str | None, max_agents: int) -> None:
    """What can run at the same time, and how many agents help."""
    from vespera_core.cli.views import plans as view

    run.show(run.call("graph.waves", AskWaves(project_id=project, max_agents=max_agents)), view.waves)


@click.command("whatif")
@click.argument("changes")
@options.project
@hours
@options.common
@click.pass_obj
def whatif(run: Run, changes: str, project: str | None, hours_per_day: float) -> None:
    """Try the changes of a JSON file (- for standard input) in a fork. Nothing is written.

    The file holds a list such as [{"kind": "complete", "task_id": "web-1"}, {"kind": "delay", "task_id": "web-2",
    "minutes": 90}]. Kinds: complete, cancel, delete, add_task, add_dependency, remove_dependency, set_estimate, delay,
    set_priority, set_role, set_assignee, defer.
    """
    from vespera_core.cli.views import plans as view

    found = _changes(values.read_text(changes, "changes"))
    request = AskWhatIf(changes=found, project_id=project, hours_per_day=hours_per_day)
    run.show(run.call("graph.whatif", request), view.whatif)


def _changes(text: str) -> tuple[dict[str, Any], ...]:
    """A list of changes, or one change by itself. Raises InvalidInput."""
    import json

    step = 'Write a list such as [{"kind": "complete", "task_id": "web-1"}].'
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidInput(f"changes are not JSON: {error}.", field="changes", next=step) from None
    listed = [found] if isinstance(found, dict) else found
    if not isinstance(listed, list):
        raise InvalidInput("changes must be a list of JSON objects.", field="changes", next=step)
    wrong = [place for place, one in enumerate(listed) if not isinstance(one, dict)]
    if wrong:
        raise InvalidInput(f"change {wrong[0]} is no JSON object.", field="changes", next=step)
    return tuple(listed)
