"""`graph deps`, `path`, `metrics`, `cycles` and `query`: how tasks hang together."""

from __future__ import annotations

import click

from vespera_core.app.graph.requests import AskGraph, FindPaths, InProject
from vespera_core.app.requests import Nothing, TaskRef
from vespera_core.cli import options, values
from vespera_core.cli.session import Run


@click.command("deps")
@click.argument("id")
@options.common
@click.pass_obj
def deps(run: Run, id: str) -> None:
    """What a task needs, what needs it, and what is in its way."""
    from vespera_core.cli.views import graphs as view

    run.show(run.call("graph.dependencies", TaskRef(task_id=id)), view.dependencies)


@click.command("path")
@click.argument("a")
@click.argument("b")
@click.option("-n", "--limit", type=int, default=10, show_default=True, help="How many chains at most.")
@options.common
@click.pass_obj
def path(run: Run, a: str, b: str, limit: int) -> None:
    """Chains of dependencies between A and B, whichever of them waits."""
    from vespera_core.cli.views import graphs as view

    run.show(run.call("graph.path", FindPaths(first=a, second=b, limit=limit)), view.paths)


@click.command("metrics")
@options.project
@options.common
@click.pass_obj
def metrics(run: Run, project: str | None) -> None:
    """The shape of the graph: sizes, depth, degrees, and the tasks that most ways pass."""
    from vespera_core.cli.views import graphs as view

    run.show(run.call("graph.metrics", InProject(project_id=project)), view.metrics)


@click.command("cycles")
@options.common
@click.pass_obj
def cycles(run: Run) -> None:
    """Tasks that wait for themselves: there should be none."""
    from vespera_core.cli.views import graphs as view

    run.show(run.call("graph.cycles", Nothing()), view.circles)


@click.command("query")
@click.argument("text")
@click.option("--parameters", metavar="JSON", help='Values that the query names, as {"name": value}.')
@click.option("-n", "--limit", type=int, default=1000, show_default=True, help="How many rows at most.")
@options.common
@click.pass_obj
def query(run: Run, text: str, parameters: str | None, limit: int) -> None:
    """Ask the graph back end in its own language, read-only; - reads the query from standard input.

    The graph that ships has no language; a plugin such as vespera-kuzu brings one.
    """
    from vespera_core.cli.views import graphs as view

    said = values.read_text("-", "query") if text == "-" else text
    given = {} if parameters is None else values.json_object(parameters, "parameters")
    run.show(run.call("graph.query", AskGraph(text=said, parameters=given, limit=limit)), view.answered)
