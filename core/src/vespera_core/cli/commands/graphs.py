"""`graph`: the group of everything that looks at the graph, and its pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from vespera_core.app.graph.requests import AskPicture
from vespera_core.app.requests import TaskRef
from vespera_core.cli import options
from vespera_core.cli.commands import graph_files, graph_plans, graph_structure, graph_times
from vespera_core.cli.commands.trees import depth as depth_option
from vespera_core.cli.family import Family
from vespera_core.cli.session import Run

if TYPE_CHECKING:
    from vespera_core.app.graph.answers import PictureAnswer

_ALIASES = {
    "dependencies": "deps", "paths": "path", "stats": "metrics", "critical": "critical-path", "parallel": "waves",
    "what-if": "whatif", "burn-up": "burnup", "simulate": "whatif",
}  # fmt: skip

_all = click.option("--all", "closed", is_flag=True, help="Closed tasks too.")


@click.group("graph", cls=Family, aliases=_ALIASES, invoke_without_command=True)
@graph_files.picture("mermaid", "Draw the graph as a Mermaid flowchart.")
@graph_files.picture("dot", "Draw it in the language of Graphviz.")
@graph_files.picture("svg", "Draw it as SVG.")
@graph_files.picture("html", "Draw it as a page of HTML that needs nothing else.")
@options.project
@_all
@click.option("--around", metavar="ID", help="Only what is near this task.")
@click.option("--hops", type=int, default=2, show_default=True, metavar="N", help="How near: so many arrows away.")
@click.option("-n", "--limit", type=int, default=200, show_default=True, help="How many tasks to draw at most.")
@graph_files.force
@options.common
@click.pass_context
def graph(context: click.Context, /, **given: Any) -> None:
    """The graph: plans, forecasts, what-ifs and pictures.

    \b
    A picture of the open tasks, without a command:
      vespera graph --html plan.html      then open it in a browser
      vespera graph --mermaid             to standard output
      vespera graph --dot | dot -Tpng -o plan.png

    PNG is left to the browser or to Graphviz: making it here would take a heavy library. FILE is never overwritten
    without --force; no FILE, or -, is standard output.
    """
    wanted = graph_files.chosen(**{name: given[name] for name in ("mermaid", "dot", "svg", "html")})
    if context.invoked_subcommand is not None:
        if wanted is not None:
            raise click.UsageError(f"--{wanted[0]} draws the graph itself: leave out '{context.invoked_subcommand}'.")
        context.obj.project = given["project"]
    elif wanted is not None:
        _draw(context.obj, *wanted, _asked(given), force=given["force"])
    elif context.obj.json:
        context.obj.show(context.obj.call("graph.picture", _asked(given)), str)
    else:
        click.echo(context.get_help())


def _asked(given: dict[str, Any]) -> AskPicture:
    return AskPicture(
        project_id=given["project"], around=given["around"], hops=given["hops"], closed=given["closed"],
        limit=given["limit"],
    )  # fmt: skip


def _draw(run: Run, form: str, path: str, request: AskPicture, *, force: bool) -> None:
    from vespera_core.cli.pictures.forms import drawn

    answer: PictureAnswer = run.call("graph.picture", request)
    facts = {"nodes": len(answer.nodes), "edges": len(answer.edges), "total": answer.total}
    graph_files.deliver(run, form, drawn(form, answer), path, force=force, **facts)


@graph.command("tree")
@click.argument("id", required=False)
@options.project
@_all
@depth_option
@options.common
@click.pass_obj
def tree(run: Run, id: str | None, project: str | None, depth: int, *, closed: bool) -> None:
    """What waits for what, as a tree, the critical path marked: ID, or every task that none waits for.

    Below each task stand those it waits for: its prerequisites and its children.
    """
    from vespera_core.cli.views import outlines as view

    task = None if id is None else run.call("task.get", TaskRef(task_id=id)).task
    if task is None:
        request = AskPicture(project_id=project, closed=closed, limit=5_000)
    else:
        shut = closed or task.closed_at is not None
        request = AskPicture(project_id=project, around=task.task_id, hops=100, closed=shut, limit=5_000)
    forest = view.Forest(run.call("graph.picture", request), None if task is None else task.task_id)
    run.show(forest, lambda one: one.as_text(depth), forest.as_json(depth) if run.json else None)


for _command in (
    graph_structure.deps, graph_structure.path, graph_structure.metrics, graph_structure.cycles,
    graph_plans.critical_path, graph_plans.impact, graph_plans.bottlenecks, graph_plans.waves, graph_plans.whatif,
    graph_times.forecast, graph_times.backtest, graph_times.timeline, graph_times.burnup, graph_structure.query,
):  # fmt: skip
    graph.add_command(_command)
