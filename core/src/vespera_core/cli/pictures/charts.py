"""Charts of scope and done, and of a forecast: one picture each, as SVG or inside a page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from vespera_core.cli.pictures import scales
from vespera_core.cli.pictures.drawing import box, document, line, number, path, text
from vespera_core.cli.views.listed import span
from vespera_core.cli.views.text import count, when

if TYPE_CHECKING:
    from vespera_core.analysis.results import BurnUpPoint
    from vespera_core.app.graph.answers import BurnUpAnswer, ForecastAnswer
    from vespera_core.model.basics import Micros

_WIDE: Final = 960.0
_EDGE: Final = 28.0
_LEFT, _RIGHT = 72.0, 860.0
_ODDS: Final = {50: "as likely as not", 80: "likely", 95: "almost surely"}


class Chart(NamedTuple):
    """A picture with its words, and the numbers behind it as a table."""

    title: str
    facts: Sequence[str]
    parts: Sequence[str]
    height: float
    heading: Sequence[str]
    rows: Sequence[Sequence[Any]]

    def svg(self) -> str:
        """The chart by itself, below its title. Its parts begin at y = 0."""
        top = 52 + 20 * len(self.facts)
        words = [text(_EDGE, 40, self.title, "heading ink")]
        words += [text(_EDGE, 62 + 20 * place, one, "lead quiet") for place, one in enumerate(self.facts)]
        body = [*words, f'<g transform="translate(0 {number(top)})">', *self.parts, "</g>"]
        return document(_WIDE, top + self.height, self.title, body)

    def page(self) -> str:
        """The chart on a page, with its numbers below."""
        from vespera_core.cli.pictures.html import page, rows

        parts = [f'<g transform="translate({number(-_EDGE)} 0)">', *self.parts, "</g>"]
        picture = document(_WIDE, self.height, self.title, parts, inline=True)
        table = [f"<h2>Numbers</h2>{rows(self.heading, self.rows)}"] if self.rows else []
        return page(self.title, self.facts, [f'<div class="scroll">{picture}</div>', *table] if self.parts else [])


class _Frame(NamedTuple):
    """Where values stand: from the foot upwards."""

    top: float
    foot: float
    most: int

    def y(self, value: float) -> float:
        return self.foot - (self.foot - self.top) * value / self.most

    def grid(self, ticks: Sequence[int], name: Callable[[int], str]) -> list[str]:
        shown = []
        for tick in ticks:
            y = self.y(tick)
            shown.append(line(_LEFT, y, _RIGHT, y, "axis" if tick == 0 else "grid"))
            shown.append(text(_LEFT - 10, y + 4, name(tick), "small end quiet"))
        return shown


def burnup(answer: BurnUpAnswer) -> Chart:
    """How much there was and how much was done, in tasks, over time."""
    points = answer.points
    if not points:
        return Chart("Burn-up", ["There are no tasks, and so nothing to burn up."], [], 24, (), ())
    last = points[-1]
    tasks = f"{last.done_tasks:,} of {count(last.scope_tasks, 'task')} done"
    work = f"{span(last.done_minutes)} of {span(last.scope_minutes)} of work"
    facts = [f"{tasks}, {work}; a point each {answer.period}, in UTC."]
    rows = [
        (when(one.until)[:10], f"{one.scope_tasks:,}", f"{one.done_tasks:,}", span(one.scope_minutes),
         span(one.done_minutes))
        for one in reversed(points)
    ]  # fmt: skip
    heading = ("Until", "Scope", "Done", "Scope, work", "Done, work")
    return Chart("Burn-up", facts, _burnup_parts(points), 420, heading, rows)


def _burnup_parts(points: Sequence[BurnUpPoint]) -> list[str]:
    ticks = scales.whole(max(one.scope_tasks for one in points))
    frame = _Frame(24, 370, ticks[-1])
    first, last = points[0].until, points[-1].until

    def x(at: int) -> float:
        return _LEFT + (_RIGHT - _LEFT) * ((at - first) / (last - first) if last > first else 1.0)

    scope = [(x(one.until), frame.y(one.scope_tasks)) for one in points]
    done = [(x(one.until), frame.y(one.done_tasks)) for one in points]
    shown = [_area(scope, frame.foot, "scope-area"), _area(done, frame.foot, "done-area")]
    shown += frame.grid(ticks, lambda tick: f"{tick:,}")
    for at, name in scales.dates(first, last):
        shown += [line(x(at), frame.foot, x(at), frame.foot + 5, "axis")]
        shown += [text(x(at), frame.foot + 20, name, "small middle quiet")]
    shown += [_trace(scope, "scope-line"), _trace(done, "done-line")]
    return shown + _ends(points[-1], scope[-1][1], done[-1][1])


def _ends(last: BurnUpPoint, scope: float, done: float) -> list[str]:
    """The names of the two lines, at their ends, kept apart."""
    push = max(0.0, 18 - (done - scope)) / 2
    return [
        text(_RIGHT + 10, scope + 4 - push, f"scope {last.scope_tasks:,}", "lead strong quiet"),
        text(_RIGHT + 10, done + 4 + push, f"done {last.done_tasks:,}", "lead strong ink-ready"),
    ]


def _trace(points: Sequence[tuple[float, float]], classes: str) -> str:
    return path("M" + "L".join(f"{number(x)} {number(y)}" for x, y in points), classes)


def _area(points: Sequence[tuple[float, float]], foot: float, classes: str) -> str:
    ends = f"L{number(points[-1][0])} {number(foot)}L{number(points[0][0])} {number(foot)}Z"
    return path("M" + "L".join(f"{number(x)} {number(y)}" for x, y in points) + ends, classes)


def forecast(answer: ForecastAnswer) -> Chart:
    """How sure each date is, and what more agents would change."""
    if not answer.open_tasks or not answer.quantiles:
        return Chart("Forecast", ["Nothing is open here: the work is over."], [], 24, (), ())
    who = "as many agents as help" if answer.agents is None else count(answer.agents, "agent")
    grounds = "history" if answer.spread_source == "history" else "an assumption, for want of history"
    facts = [
        f"{count(answer.open_tasks, 'open task')}, {span(answer.work_minutes)} of work, {who}.",
        f"{answer.samples:,} runs, seed {answer.seed}; how far work strays from its estimate is taken from {grounds}.",
    ]
    rows = [
        (one.agents, span(one.p50_minutes), span(one.p80_minutes), span(one.p95_minutes), when(one.p80_at))
        for one in answer.by_agents
    ]
    heading = ("Agents", "P50", "P80", "P95", "P80 at")
    parts, foot = _dates(answer)
    height = foot
    if len(answer.by_agents) > 1:
        parts, height = [*parts, *_curve(answer, foot + 44)], foot + 360
    return Chart("Forecast", facts, parts, height, heading, rows)


def _dates(answer: ForecastAnswer) -> tuple[list[str], float]:
    """A bar from now for each probability, with its date; and where they end."""
    left, longest = 230.0, max(one.minutes for one in answer.quantiles) or 1
    shown = [text(_EDGE, 20, "All is done by", "lead strong ink")]
    for place, one in enumerate(answer.quantiles):
        y = 36 + 40 * place
        long = max(3.0, (660.0 - left) * one.minutes / longest)
        shown += [
            text(_EDGE, y + 17, f"P{one.percent}", "lead strong ink"),
            text(_EDGE + 44, y + 17, _ODDS.get(one.percent, f"{one.percent} in 100"), "lead quiet"),
            box(left, y, long, 26, f"sure-{one.percent}", 3),
            text(left + long + 12, y + 17, f"{_to_the_minute(one.at)}, in {span(one.minutes)}", "lead ink"),
        ]
    return shown, 36.0 + 40 * len(answer.quantiles)


def _to_the_minute(at: Micros) -> str:
    return f"{when(at)[:16]} UTC"


def _curve(answer: ForecastAnswer, top: float) -> list[str]:
    """P80 over the number of agents, with the range from P50 to P95."""
    many = answer.by_agents
    ticks = scales.spans(max(one.p95_minutes for one in many))
    frame = _Frame(top + 24, top + 264, ticks[-1] or 1)
    step = (_RIGHT - _LEFT) / len(many)
    names = max(1, len(many) // 16)
    shown = [text(_EDGE, top, "With more agents: P80, and the range from P50 to P95", "lead strong ink")]
    shown += frame.grid(ticks, lambda tick: span(tick) if tick else "0")
    middles, labels = [], []
    for place, one in enumerate(many):
        x = _LEFT + step * (place + 0.5)
        high, low = frame.y(one.p95_minutes), frame.y(one.p50_minutes)
        middles.append((x, frame.y(one.p80_minutes)))
        shown.append(box(x - 7, high, 14, max(2.0, low - high), "sure-50", 3))
        if place % names == 0:
            shown.append(text(x, frame.foot + 20, f"{one.agents}", "small middle quiet"))
            labels.append(text(x, high - 8, span(one.p80_minutes), "small middle ink halo"))
    shown += [_trace(middles, "sure-line"), *(box(x - 7, y - 1.5, 14, 3, "sure-95", 1) for x, y in middles)]
    return [*shown, *labels, text((_LEFT + _RIGHT) / 2, frame.foot + 40, "agents", "small middle quiet")]
