"""`graph forecast`, `backtest`, `timeline` and `burnup`: when work will be over, and how it has gone."""

from __future__ import annotations

import click

from vespera_core.app.graph.requests import AskBackTest, AskBurnUp, AskForecast, AskTimeline
from vespera_core.cli import options
from vespera_core.cli.commands import graph_files
from vespera_core.cli.commands.graph_plans import hours
from vespera_core.cli.session import Run


def _agents(_context: click.Context, _parameter: click.Parameter, value: str) -> int | None:
    """A number of agents; ``max`` is as many as help."""
    if value == "max":
        return None
    try:
        return int(value)
    except ValueError:
        raise click.BadParameter(f"{value!r} is no number of agents: write one, or max.") from None


def _capacities(_context: click.Context, _parameter: click.Parameter, values: tuple[str, ...]) -> dict[str, int]:
    found = {}
    for value in values:
        role, equals, number = value.rpartition("=")
        if not (role and equals and number.isdecimal()):
            raise click.BadParameter(f"{value!r} is no capacity: write ROLE=N, as in backend=2.")
        found[role] = int(number)
    return found


agents = click.option(
    "--agents",
    default="1",
    show_default=True,
    metavar="N",
    callback=_agents,
    help="So many at work; max: all that help.",
)
capacity = click.option(
    "--capacity", "capacities", multiple=True, metavar="ROLE=N", callback=_capacities, help="So many of a role."
)
seed = click.option("--seed", type=int, default=0, show_default=True, metavar="S", help="The same seed draws the same.")


@click.command("forecast")
@options.project
@agents
@capacity
@seed
@click.option("--samples", type=int, default=1000, show_default=True, metavar="N", help="How many runs to draw.")
@click.option("--max-agents", type=int, default=8, show_default=True, metavar="N", help="Show up to N agents.")
@hours
@graph_files.chart
@options.common
@click.pass_obj
def forecast(
    run: Run, project: str | None, agents: int | None, capacities: dict[str, int], seed: int, samples: int,
    max_agents: int, hours_per_day: float, svg: str | None, html: str | None, *, force: bool,
) -> None:  # fmt: skip
    """When open work will be over: P50, P80 and P95 of many drawn runs.

    The answer is no date but how sure each date is. 'vespera graph backtest' says how good forecasts have been here.
    --svg and --html draw it: open the file in a browser.
    """
    from vespera_core.cli.views import calendars as view

    request = AskForecast(
        project_id=project, agents=agents, capacities=capacities, samples=samples, seed=seed,
        hours_per_day=hours_per_day, max_agents=max_agents,
    )  # fmt: skip
    answer = run.call("graph.forecast", request)
    if not graph_files.drawn(run, "forecast", answer, svg, html, force=force):
        run.show(answer, view.forecast)


@click.command("backtest")
@options.project
@click.option("--cuts", type=int, default=9, show_default=True, metavar="N", help="At so many moments of the past.")
@click.option("--samples", type=int, default=200, show_default=True, metavar="N", help="How many runs to draw.")
@seed
@hours
@options.common
@click.pass_obj
def backtest(run: Run, project: str | None, cuts: int, samples: int, seed: int, hours_per_day: float) -> None:
    """How good forecasts of the past would have been."""
    from vespera_core.cli.views import calendars as view

    request = AskBackTest(project_id=project, cuts=cuts, samples=samples, seed=seed, hours_per_day=hours_per_day)
    run.show(run.call("graph.backtest", request), view.backtest)


@click.command("timeline")
@options.project
@agents
@capacity
@hours
@options.common
@click.pass_obj
def timeline(
    run: Run, project: str | None, agents: int | None, capacities: dict[str, int], hours_per_day: float
) -> None:
    """When tasks were done, and when open ones can be."""
    from vespera_core.cli.views import calendars as view

    request = AskTimeline(project_id=project, agents=agents, capacities=capacities, hours_per_day=hours_per_day)
    run.show(run.call("project.timeline", request), view.timeline)


@click.command("burnup")
@options.project
@click.option("--period", default="day", show_default=True, metavar="P", help="A point for each day or week.")
@graph_files.chart
@options.common
@click.pass_obj
def burnup(run: Run, project: str | None, period: str, svg: str | None, html: str | None, *, force: bool) -> None:
    """Scope and done over time.

    --svg and --html draw it: open the file in a browser.
    """
    from vespera_core.cli.views import calendars as view

    answer = run.call("project.burnup", AskBurnUp(project_id=project, period=period))
    if not graph_files.drawn(run, "burnup", answer, svg, html, force=force):
        run.show(answer, view.burnup)
