"""The graph as SVG: cards from left to right, each with an arrow to the ones that wait for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from vespera_core.cli.pictures import layers
from vespera_core.cli.pictures.drawing import box, document, line, number, path, text
from vespera_core.cli.pictures.layers import Placed, Sizes, Spot
from vespera_core.cli.pictures.marks import LABELS, Arrow, arrows, kind_of, note_on, said_of
from vespera_core.cli.pictures.texts import advance, cut, wrapped, xml
from vespera_core.cli.views.text import clean, count

if TYPE_CHECKING:
    from vespera_core.app.graph.answers import PictureAnswer, PictureNode

_CARD: Final = Sizes(width=208, height=66, row_gap=14, layer_gap=56)
_EDGE: Final = 28
_BETWEEN: Final = 40
_LEAST: Final = 1160
_HEAD: Final = 120


class Block(NamedTuple):
    """A laid-out part and where it goes."""

    placed: Placed
    at: Spot


class Board:
    """The whole picture: connected parts on shelves, then the tasks that stand alone."""

    def __init__(self, answer: PictureAnswer) -> None:
        self.answer = answer
        self._edge = _EDGE
        self.arrows = arrows(answer)
        self._nodes = {node.task_id: node for node in answer.nodes}
        pairs = [(one.first, one.then) for one in self.arrows]
        ids = sorted(self._nodes, key=lambda one: (not self._nodes[one].critical, one))
        found = layers.parts(ids, pairs)
        joined = [part for part in found if len(part) > 1]
        joined.sort(key=lambda part: not any(self._nodes[one].critical for one in part))
        self.alone = [part[0] for part in found if len(part) == 1]
        self._placed = [_placed(part, pairs) for part in joined]
        self.room = max([_LEAST, *(one.width for one in self._placed)])
        self.blocks, self._foot = _shelved(self._placed, self.room)

    def svg(self, *, inline: bool = False) -> str:
        """The picture: by itself with a heading and a legend, or to stand in a page that has its own."""
        top, self._edge = (2, 2) if inline else (_HEAD, _EDGE)
        spots = {
            task_id: Spot(spot.x + block.at.x + self._edge, spot.y + block.at.y + top)
            for block in self.blocks
            for task_id, spot in block.placed.spots.items()
        }
        foot = self._foot + top
        shown = [] if inline else self._heading()
        shown += [self._arrow(one, spots, top) for one in sorted(self.arrows, key=lambda one: one.critical)]
        if self.alone:
            heading = "Neither wait nor are waited for" if self.blocks else "No task waits for another"
            shown.append(text(self._edge, foot + 6, heading, "lead quiet"))
            spots.update(self._grid(foot + 22))
            foot = max(spot.y for spot in spots.values()) + _CARD.height
        shown += [_card(self._nodes[one], spot) for one, spot in spots.items()]
        height = max(foot, top) + self._edge
        return document(self.room + 2 * self._edge, height, self.title, [_HEADS, *shown], inline=inline)

    @property
    def title(self) -> str:
        """What the picture shows."""
        return "Tasks, and what waits for what"

    def facts(self) -> list[str]:
        """How much there is, and an honest word where not all of it is drawn."""
        tasks, critical = self.answer.nodes, sum(node.critical for node in self.answer.nodes)
        ready = sum(node.ready for node in tasks)
        if not tasks:
            return note_on(self.answer)
        figures = f"{count(len(tasks), 'task')}, {ready:,} ready, {critical:,} on the critical path."
        return [figures, *note_on(self.answer)]

    def _heading(self) -> list[str]:
        return [
            text(_EDGE, 40, self.title, "heading ink"),
            text(_EDGE, 62, " ".join(self.facts()), "lead quiet"),
            *legend(_EDGE, 84),
        ]

    def _grid(self, top: float) -> dict[str, Spot]:
        """Tasks that stand alone, in rows."""
        step = _CARD.width + _CARD.row_gap
        across = max(1, int((self.room + _CARD.row_gap) // step))
        tall = _CARD.height + _CARD.row_gap
        return {
            one: Spot(self._edge + place % across * step, top + place // across * tall)
            for place, one in enumerate(self.alone)
        }

    def _arrow(self, arrow: Arrow, spots: dict[str, Spot], top: float) -> str:
        pair = (arrow.first, arrow.then)
        start, end = spots[arrow.first], spots[arrow.then]
        block = next(one for one in self.blocks if arrow.first in one.placed.spots)
        points = block.placed.ways.get(pair, ())
        way = [Spot(one.x + block.at.x + self._edge, one.y + block.at.y + top) for one in points]
        half = _CARD.height / 2
        data = _curve(Spot(start.x + _CARD.width, start.y + half), way, Spot(end.x - 7, end.y + half))
        name = "arrow-critical" if arrow.critical else "arrow"
        head = "critical" if arrow.critical else "plain"
        return path(data, f"{name} part" if arrow.part else name, f' marker-end="url(#head-{head})"')


_HEADS: Final = "<defs>" + "".join(
    f'<marker id="head-{name}" viewBox="0 0 8 8" refX="1" refY="4" markerWidth="8" markerHeight="8" '
    f'markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0 8 4 0 8Z" class="{classes}"/></marker>'
    for name, classes in (("plain", "head"), ("critical", "head-critical"))
) + "</defs>"  # fmt: skip


def legend(x: float, y: float) -> list[str]:
    """What the colours and lines mean, in a row whose foot is at `y`."""
    shown: list[str] = []
    for kind, words in LABELS.items():
        shown += [box(x, y - 11, 4, 13, f"bar-{kind}", 2), text(x + 10, y, words, "small quiet")]
        x += 28 + advance(words, 11)
    for classes, words in (
        ("arrow-critical", "critical path"),
        ("arrow", "must be closed first"),
        ("arrow part", "is a part of"),
    ):
        shown += [line(x, y - 4, x + 22, y - 4, classes), text(x + 28, y, words, "small quiet")]
        x += 48 + advance(words, 11)
    return shown


def _placed(part: Sequence[str], pairs: Sequence[tuple[str, str]]) -> Placed:
    inside = set(part)
    return layers.laid_out(part, [pair for pair in pairs if pair[0] in inside], _CARD)


def _shelved(placed: Sequence[Placed], room: float) -> tuple[list[Block], float]:
    """Parts side by side while there is room, then on the next shelf; and where the last shelf ends."""
    blocks: list[Block] = []
    x = y = tall = 0.0
    for one in placed:
        if x and x + one.width > room:
            x, y, tall = 0.0, y + tall + _BETWEEN, 0.0
        blocks.append(Block(one, Spot(x, y)))
        x, tall = x + one.width + _BETWEEN, max(tall, one.height)
    return blocks, y + tall + (_BETWEEN if blocks else 0)


def _curve(start: Spot, way: Sequence[Spot], end: Spot) -> str:
    """A line that leaves and arrives level, and passes the layers between level at their own heights."""
    data, at = [f"M{number(start.x)} {number(start.y)}"], start
    for spot in way:
        data += [_bend(at, spot), f"L{number(spot.x + _CARD.width)} {number(spot.y)}"]
        at = Spot(spot.x + _CARD.width, spot.y)
    return "".join([*data, _bend(at, end)])


def _bend(start: Spot, end: Spot) -> str:
    """A cubic between two points, level at both."""
    pull = (end.x - start.x) / 2 if end.x > start.x else 60.0
    first, second = start.x + pull, end.x - pull
    return f"C{number(first)} {number(start.y)} {number(second)} {number(end.y)} {number(end.x)} {number(end.y)}"


def _card(node: PictureNode, spot: Spot) -> str:
    """A task: id and state above, its title below; the whole title where a pointer rests on it."""
    kind, said = kind_of(node), said_of(node)
    classes = "card" + (" card-closed" if kind == "closed" else "") + (" card-critical" if node.critical else "")
    room = _CARD.width - 26
    state = advance(said, 11)
    rows = wrapped(node.title, 13, room, 2)
    return "".join([
        f"<g><title>{xml(f'{node.task_id}: {node.title} ({node.status}, {node.type}, {node.priority})')}</title>",
        box(spot.x, spot.y, _CARD.width, _CARD.height, classes, 6),
        box(spot.x + 6, spot.y + 8, 4, _CARD.height - 16, f"bar-{kind}", 2),
        text(spot.x + 18, spot.y + 19, _short_id(node.task_id, room - state - 8), "code quiet"),
        text(spot.x + _CARD.width - 8, spot.y + 19, said, f"small end ink-{kind}"),
        *(text(spot.x + 18, spot.y + 37 + 17 * place, row, f"title {'quiet' if kind == 'closed' else 'ink'}")
          for place, row in enumerate(rows)),
        "</g>",
    ])  # fmt: skip


def _short_id(task_id: str, room: float) -> str:
    """An id in a face whose letters are all as wide."""
    fits = int(room // 6.7)
    return clean(task_id) if len(task_id) <= fits else cut(clean(task_id), 11 / 0.9, room)
