"""`dashboard` and `insights`: a project on one page, and what is worth knowing about it."""

from __future__ import annotations

import click

from vespera_core.app.graph.requests import AskInsights, InProject
from vespera_core.cli import options, values
from vespera_core.cli.session import Run


@click.command("dashboard")
@options.project
@options.common
@click.pass_obj
def dashboard(run: Run, project: str | None) -> None:
    """How a project stands, on one page: counts, health, what waits, who has what, what is due."""
    from vespera_core.cli.views import dashboards as view

    run.show(run.call("project.dashboard", InProject(project_id=project)), view.dashboard)


@click.command("insights")
@options.project
@click.option("--since", metavar="TIME", help="Changes since then: 2026-11-22, or '2d ago'; else of the last week.")
@options.common
@click.pass_obj
def insights(run: Run, project: str | None, since: str | None) -> None:
    """What changed, what is at risk, and what to do about it, as sentences."""
    from vespera_core.cli.views import dashboards as view

    request = AskInsights(project_id=project, since=values.past(since))
    run.show(run.call("project.insights", request), view.insights)
