"""Pictures: well-formed, escaped, laid out as they should be, and never over a file that exists."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ElementTree
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from vespera_core.app.graph.answers import BurnUpAnswer, PictureAnswer, PictureNode
from vespera_core.cli.pictures import charts, dot, layers, marks, mermaid, scales, svg, texts
from vespera_core.cli.pictures.forms import drawn
from vespera_core.model.basics import SECOND, Micros
from vespera_core.model.graph import Edge

HOSTILE = (
    "</svg><script>alert(1)</script>", "say \"hi\" & <b>bold</b> 'x'", "end", "a\\b\\n C:\\new", "line\none\ttab",
    "1. first", "- dash", "`**em**` _em_", "gr\u00f6\u00dfe \u65e5\u672c\u8a9e \U0001f600 \u0301 \u0639\u0631\u0628",
    '#quot; &amp; %%{init: {"theme": "dark"}}%%', "[x] (y) {z} |p| --> n1", "\u202egnp \x1b[31mred \x07 \x00",
    "x" * 300, "$$x^2$$ @{ shape: circle }", "style n1 fill:#f00", '\\"}; n1 -> n2 [label="', "]]></title>",
    "\ufffe nonchar \uffff", "fa:fa-car", "classDef ready fill:#000;", "",
)  # fmt: skip


def node(task_id: str, title: str = "", **more: Any) -> PictureNode:
    values: dict[str, Any] = {
        "status": "pending", "type": "task", "priority": "normal", "open": True, "ready": False, "critical": False,
    }  # fmt: skip
    return PictureNode(task_id=task_id, title=title, **{**values, **more})


def hostile() -> PictureAnswer:
    nodes = [node(f"t-{at}", title) for at, title in enumerate(HOSTILE)]
    nodes.append(node('evil"<&\\', "an id that no ledger makes"))
    edges = [Edge(f"t-{at}", "depends_on", f"t-{at // 3}") for at in range(1, len(HOSTILE))]
    return PictureAnswer(nodes=tuple(nodes), edges=tuple(edges), total=len(nodes))


def parsed(text: str) -> ElementTree.Element:
    return ElementTree.fromstring(text)


@pytest.mark.parametrize("form", ["svg", "html"])
def test_hostile_titles_are_text(form: str) -> None:
    text = drawn(form, hostile())
    root = parsed(text)
    names = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert not names & {"script", "b", "image", "a", "foreignObject"}
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", text)
    assert HOSTILE[0] in "".join(root.itertext())
    assert not re.search(r'(?:src|href)="(?!#)|url\((?!#)|@import', text)
    assert "prefers-color-scheme:dark" in text


def test_a_mermaid_label_holds_nothing_that_mermaid_reads() -> None:
    lines = drawn("mermaid", hostile()).splitlines()
    assert lines[0] == "flowchart LR"
    labels = [
        re.fullmatch(r'  n\d+\["(.*)"\]:::(\w+)', line) for line in lines if line.startswith("  n") and "[" in line
    ]
    assert len(labels) == len(HOSTILE) + 1
    for found in labels:
        assert found is not None
        assert found[2] in marks.LABELS
        bare = re.sub(r"#\d+;", "", found[1].replace("<br/>", " ", 1))
        assert not re.search(r'["#;<>&`\\\[\]{}|]|\bend\b|style|classDef|\$|%', bare)
    assert len({line.split("[")[0] for line in lines if "[" in line}) == len(labels)


def test_mermaid_entities_say_what_was_meant() -> None:
    for title in HOSTILE:
        said = re.sub(r"#(\d+);", lambda found: chr(int(found[1])), mermaid.label(title)).replace("\u200b", "")
        whole = texts.legible(title)
        assert said == whole or (said.endswith("\u2026") and whole.startswith(said[:-1]))


def test_dot_strings_end_where_they_should() -> None:
    text = drawn("dot", hostile())
    for line in text.splitlines():
        assert len(re.findall(r'(?<!\\)(?:\\\\)*"', line)) % 2 == 0
    assert dot.quoted('a\\"&amp;\n') == 'a\\\\\\"&amp;amp;\\\\n'
    assert len(re.findall(r"^  n\d+ \[label=", text, re.MULTILINE)) == len(HOSTILE) + 1


def test_the_critical_path_is_marked_and_arrows_lead_to_what_waits() -> None:
    nodes = (node("a", "A", ready=True, critical=True), node("b", "B", critical=True), node("p", "P"))
    edges = (Edge("b", "depends_on", "a"), Edge("a", "child_of", "p"), Edge("a", "relates_to", "p"))
    answer = PictureAnswer(nodes=nodes, edges=edges, total=3)
    assert marks.arrows(answer) == [marks.Arrow("a", "b", False, True), marks.Arrow("a", "p", True, False)]
    flow = drawn("mermaid", answer)
    assert "n1 --> n2\n  n1 -.-> n3" in flow
    assert "class n1,n2 critical" in flow
    assert "linkStyle 0 " in flow
    assert "n1 -> n2 [color=" in drawn("dot", answer)
    picture = drawn("svg", answer)
    assert picture.count('class="card card-critical"') == 2
    assert picture.count('marker-end="url(#head-critical)"') == 1


def test_what_is_not_drawn_is_told() -> None:
    answer = PictureAnswer(nodes=(node("a", "A"),), edges=(), total=1234)
    for form in ("mermaid", "dot", "svg", "html"):
        assert "1 of 1,234 tasks are drawn" in drawn(form, answer)
        assert "Nothing is open here." in drawn(form, PictureAnswer(nodes=(), edges=(), total=0))


SIZES = layers.Sizes(100, 40, 10, 30)


def grid(wide: int, tall: int) -> tuple[list[str], list[tuple[str, str]]]:
    ids = [f"{column}-{row}" for column in range(wide) for row in range(tall)]
    pairs = [(f"{column}-{row}", f"{column + 1}-{(row * 3 + 1) % tall}")
             for column in range(wide - 1) for row in range(tall)]  # fmt: skip
    return ids, [*pairs, ("0-0", f"{wide - 1}-0")]


@pytest.mark.parametrize(("wide", "tall"), [(2, 1), (2, 2), (6, 5), (30, 3), (3, 60)])
def test_cards_never_overlap_and_arrows_lead_to_the_right(wide: int, tall: int) -> None:
    ids, pairs = grid(wide, tall)
    for part in layers.parts(ids, pairs):
        inside = [pair for pair in pairs if pair[0] in part]
        placed = layers.laid_out(part, inside, SIZES)
        assert all(placed.spots[first].x < placed.spots[then].x for first, then in inside)
        columns: dict[float, list[float]] = {}
        for spot in placed.spots.values():
            columns.setdefault(spot.x, []).append(spot.y)
            assert -0.01 <= spot.y <= placed.height - SIZES.height + 0.01
        for heights in columns.values():
            gaps = [below - above for above, below in pairwise(sorted(heights))]
            assert all(gap >= SIZES.height + SIZES.row_gap - 0.01 for gap in gaps)
        for pair, way in placed.ways.items():
            layer = round((placed.spots[pair[1]].x - placed.spots[pair[0]].x) / 130)
            assert len(way) == layer - 1


def test_no_waypoint_lies_on_a_card() -> None:
    ids, pairs = grid(6, 5)
    placed = layers.laid_out(ids, pairs, SIZES)
    for way in placed.ways.values():
        for point in way:
            beside = [spot for spot in placed.spots.values() if spot.x == point.x]
            assert not any(spot.y < point.y < spot.y + SIZES.height for spot in beside)


def test_crossings_that_need_not_be_are_taken_away() -> None:
    placed = layers.laid_out(["a", "b", "x", "y", "z"], [("a", "y"), ("b", "x"), ("x", "z"), ("y", "z")], SIZES)
    spots = placed.spots
    assert (spots["a"].y < spots["b"].y) == (spots["y"].y < spots["x"].y)


def test_a_circle_is_drawn_all_the_same() -> None:
    layer = layers.generations(["a", "b", "c"], [("a", "b"), ("b", "c"), ("c", "a")])
    assert layer == {"a": 0, "b": 1, "c": 2}
    answer = PictureAnswer(
        nodes=(node("a"), node("b"), node("c")), total=3,
        edges=tuple(Edge(then, "depends_on", first) for first, then in (("a", "b"), ("b", "c"), ("c", "a"))),
    )  # fmt: skip
    assert drawn("svg", answer).count("marker-end") == 3


def test_equal_graphs_give_equal_pictures() -> None:
    assert svg.Board(hostile()).svg() == svg.Board(hostile()).svg()


@pytest.mark.parametrize("title", HOSTILE)
def test_titles_stay_within_their_cards(title: str) -> None:
    rows = texts.wrapped(title, 13, 182, 2)
    assert 1 <= len(rows) <= 2
    assert all(texts.advance(row, 13) <= 182 for row in rows)


@pytest.mark.parametrize("most", [0, 1, 4, 7, 23, 99, 1000, 2233, 10**6 + 1])
def test_whole_ticks(most: int) -> None:
    ticks = scales.whole(most)
    assert ticks[0] == 0
    assert ticks[-1] >= max(most, 1)
    assert 2 <= len(ticks) <= 7
    assert len({after - before for before, after in pairwise(ticks)}) == 1


@pytest.mark.parametrize("most", [0, 3, 61, 1349, 20_000, 10**7])
def test_ticks_of_spans(most: int) -> None:
    ticks = scales.spans(most)
    assert ticks[-1] >= most
    assert 2 <= len(ticks) <= 8


@pytest.mark.parametrize("days", [0, 1, 6, 13, 40, 100, 400, 4000, 40_000])
def test_ticks_of_dates(days: int) -> None:
    first = Micros(1_772_409_600 * SECOND)
    ticks = scales.dates(first, Micros(first + days * 86_400 * SECOND))
    assert len(ticks) <= 12
    assert all(after > before for (before, _), (after, _) in pairwise(ticks))
    assert len({name for _, name in ticks}) == len(ticks)


def test_a_chart_of_nothing_says_so() -> None:
    chart = charts.burnup(BurnUpAnswer(period="day", points=()))
    assert "no tasks" in chart.svg()
    parsed(chart.svg())
    parsed(chart.page())


# ---------------------------------------------------------------- typed


@pytest.mark.parametrize("form", ["--svg", "--html"])
@pytest.mark.parametrize("command", [(), ("burnup",), ("forecast", "--samples", "50")])
def test_pictures_of_the_bakery(bakery: Any, tmp_path: Path, command: tuple[str, ...], form: str) -> None:
    words = (*command, form)
    printed = bakery("graph", *words)
    assert (printed.code, printed.err) == (0, "")
    parsed(printed.out)
    said = bakery("graph", *words, "picture")
    assert said.out == "Drawn: picture\n"
    parsed((tmp_path / "picture").read_text(encoding="utf-8"))
    data = bakery("graph", *words, "-", "--json").data
    assert (data["path"], data["format"]) == (None, words[-1][2:])
    parsed(data["text"])


def test_the_graph_in_other_languages(bakery: Any) -> None:
    assert bakery("graph", "--mermaid").out.startswith("flowchart LR\n")
    assert bakery("graph", "--dot").out.startswith("digraph tasks {\n")
    data = bakery("graph", "--mermaid", "plan.mmd", "--json").data
    assert data == {"format": "mermaid", "path": "plan.mmd", "nodes": 21, "edges": data["edges"], "total": 21}


def test_a_part_of_the_graph(bakery: Any) -> None:
    ids = {one["task_id"] for one in bakery("graph", "--around", "bake-a5", "--hops", "1", "--json").data["nodes"]}
    assert ids == {"bake-a5", "bake-a4", "bake-shop"}
    assert len(bakery("graph", "--all", "--json").data["nodes"]) == 23
    few = bakery("graph", "-n", "3", "--svg")
    assert "3 of 21 tasks are drawn" in few.out


def test_no_file_is_overwritten_unasked(bakery: Any, tmp_path: Path) -> None:
    file = tmp_path / "plan.svg"
    file.write_text("mine", encoding="utf-8")
    for words in (("graph", "--svg", "plan.svg"), ("graph", "burnup", "--svg", "plan.svg")):
        refused = bakery(*words, "--json")
        assert refused.code == 1
        assert "plan.svg exists" in refused.error["message"]
        assert file.read_text(encoding="utf-8") == "mine"
        assert [one.name for one in tmp_path.glob("*.part")] == []
    assert bakery("graph", "--svg", "plan.svg", "--force").code == 0
    parsed(file.read_text(encoding="utf-8"))


def test_a_link_that_leads_nowhere_is_kept(bakery: Any, tmp_path: Path) -> None:
    (tmp_path / "plan.svg").symlink_to(tmp_path / "elsewhere")
    assert bakery("graph", "--svg", "plan.svg", "--json").error["code"] == "refused"
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("path", ["no/such/folder/plan.svg", ".", ".vespera"])
def test_a_place_that_takes_no_file(bakery: Any, tmp_path: Path, path: str) -> None:
    refused = bakery("graph", "--svg", path, "--json")
    assert refused.code == 1
    assert refused.error["next"]
    assert not list(tmp_path.rglob("*.part"))


def test_the_help_says_how_to_get_another_form(bakery: Any) -> None:
    shown = " ".join(bakery("graph").out.split())
    assert shown == " ".join(bakery("graph", "--help").out.split())
    assert "PNG is left to the browser" in shown
    for name in ("critical-path", "whatif", "tree", "query"):
        assert name in shown


def test_stored_titles_reach_pictures_as_text(v: Any, terminal: Any) -> None:
    lines = [json.dumps({"title": title}) for title in HOSTILE if title and "\0" not in title]
    assert v("create", "--stdin", stdin="\n".join(lines).encode()).code == 0
    for form in ("--svg", "--html"):
        root = parsed(terminal("graph", form).out)
        assert "script" not in {element.tag.rpartition("}")[2] for element in root.iter()}
