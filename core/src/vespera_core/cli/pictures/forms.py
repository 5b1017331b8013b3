"""The forms in which the graph can be drawn, each made only where it is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vespera_core.app.graph.answers import PictureAnswer


def drawn(form: str, answer: PictureAnswer) -> str:
    """The picture as ``mermaid``, ``dot``, ``svg`` or ``html``."""
    if form == "mermaid":
        from vespera_core.cli.pictures.mermaid import flowchart

        return flowchart(answer)
    if form == "dot":
        from vespera_core.cli.pictures.dot import digraph

        return digraph(answer)
    if form == "svg":
        from vespera_core.cli.pictures.svg import Board

        return Board(answer).svg()
    from vespera_core.cli.pictures.html import graph_page

    return graph_page(answer)


def chart_of(kind: str, form: str, answer: Any) -> str:
    """The chart of an answer, ``burnup`` or ``forecast``, as ``svg`` or ``html``."""
    from vespera_core.cli.pictures import charts

    made = charts.burnup(answer) if kind == "burnup" else charts.forecast(answer)
    return made.page() if form == "html" else made.svg()
