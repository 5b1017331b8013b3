"""The commands of the graph on the example of the bakery: shapes for programs, text for people."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from vespera_core.cli.views import listed


@pytest.fixture
def typed(bakery: Any) -> Callable[..., str]:
    """The text that a command prints in the bakery."""

    def run(*words: str, stdin: bytes = b"") -> str:
        outcome = bakery(*words, stdin=stdin)
        assert outcome.code == 0, outcome.err
        assert outcome.err == ""
        return str(outcome.out)

    return run


COMMANDS: list[tuple[str, tuple[str, ...], set[str], str]] = [
    ("deps", ("deps", "bake-a4"), {"task_id", "prerequisites", "dependents", "root_blockers"}, "Store orders"),
    ("path", ("path", "bake-e2", "bake-a3"), {"waits", "waits_for", "paths"}, "bake-e2 -> bake-e1"),
    ("metrics", ("metrics",), {"tasks", "edges", "depth", "central"}, "longest chain"),
    ("cycles", ("cycles",), {"circles", "tasks_in_circles"}, "No cycles"),
    (
        "critical-path",
        ("critical-path",),
        {"tasks", "length_minutes", "open_tasks"},
        "Critical path: ",
    ),
    ("impact", ("impact", "bake-a4"), {"delay", "completion", "deletion"}, "Delayed by 1d"),
    ("bottlenecks", ("bottlenecks",), {"tasks", "roles", "assignees"}, "Most waits for"),
    ("waves", ("waves",), {"waves", "width", "by_agents"}, "Wave 1: 5 tasks"),
    ("forecast", ("forecast", "--samples", "50"), {"quantiles", "by_agents", "criticality"}, "P80"),
    ("backtest", ("backtest", "--samples", "20"), {"cuts", "coverage", "reason"}, "No back test yet"),
    ("timeline", ("timeline",), {"entries", "finish"}, "Planned: 21 tasks"),
    ("burnup", ("burnup",), {"period", "points"}, "2 of 20 tasks done"),
    ("tree", ("tree",), {"trees", "total"}, "on the critical path"),
]


@pytest.mark.parametrize(("words", "keys", "said"), [row[1:] for row in COMMANDS], ids=[row[0] for row in COMMANDS])
def test_every_command_answers_people_and_programs(
    bakery: Any, typed: Callable[..., str], words: tuple[str, ...], keys: set[str], said: str
) -> None:
    data = bakery("graph", *words, "--json").data
    assert keys <= set(data)
    assert said in typed("graph", *words)


def test_the_critical_path(bakery: Any, typed: Callable[..., str]) -> None:
    bakery("update", "bake-d2", "--estimate", "363h")
    data = bakery("--json", "graph", "critical-path", "--project", "bake").data
    found = [one["task_id"] for one in data["tasks"]]
    assert found[-4:] == ["bake-a4", "bake-d2", "bake-e1", "bake-e2"]
    assert {"duration_minutes", "slack_minutes", "earliest_start_minutes"} <= set(data["tasks"][0])
    assert data["length_minutes"] == sum(one["duration_minutes"] for one in data["tasks"])
    assert data["titles"]["bake-e1"] == "Open the shop"
    shown = typed("graph", "critical-path").splitlines()
    assert shown[0] == f"Critical path: {listed.span(data['length_minutes'])}, {len(found)} tasks of 21 open"
    (line,) = [one for one in shown if "bake-d2" in one]
    assert line.endswith("15d    estimated  bake-d2  Load test: five hundred orders in ten minutes")
    assert "no task on it has an estimate" not in shown[-1]


def test_a_critical_path_of_guesses_says_so(make: Callable[..., str], terminal: Any) -> None:
    first = make("First")
    second = make("Second", "--depends-on", first)
    assert terminal("graph", "critical-path").out == (
        "Critical path: 2h, 2 tasks of 2 open\n"
        f"  STARTS  TAKES           {'TASK'.ljust(len(first))}  TITLE\n"
        f"  now     1h     assumed  {first}  First\n"
        f"  +1h     1h     assumed  {second}  Second\n"
        "  no task on it has an estimate; give some: vespera update ID --estimate 4h\n"
    )


def test_what_follows_from_one_task(bakery: Any, typed: Callable[..., str]) -> None:
    delay = bakery("graph", "impact", "bake-a4", "--delay", "3d", "--json").data
    assert delay["delay"]["delay_minutes"] == 3 * 1440
    assert delay["completion"] is None
    assert delay["deletion"] is None
    before, after = (listed.span(delay["delay"][f"length_{when}_minutes"]) for when in ("before", "after"))
    shown = typed("graph", "impact", "bake-a4", "--delay", "3d")
    assert f"Delayed by 3d: the critical path goes from {before} to {after} (+3d)" in shown
    done = typed("graph", "impact", "bake-a3", "--complete")
    assert "bake-b1  Print the list for the night shift" in done
    assert "Deleted" not in done
    assert "loses a prerequisite" in typed("graph", "impact", "bake-a4", "--delete")
    assert "Deleted" in typed("graph", "impact", "bake-a1")


def test_changes_are_tried_and_not_made(bakery: Any, typed: Callable[..., str], tmp_path: Path) -> None:
    changes = [
        {"kind": "complete", "task_id": "bake-a3"},
        {"kind": "delay", "task_id": "bake-a4", "minutes": 300},
        {"kind": "add_dependency", "task_id": "bake-a2", "depends_on": "bake-e2"},
    ]
    before = bakery("--json", "export").data["digest"]
    file = tmp_path / "changes.json"
    file.write_text(json.dumps(changes), encoding="utf-8")
    data = bakery("graph", "whatif", str(file), "--json").data
    assert data["applied"] == 2
    assert data["refused"][0]["index"] == 2
    shown = typed("graph", "whatif", "-", stdin=json.dumps(changes).encode())
    for words in ("2 changes tried; nothing was written.", "The critical path", "change 2", "Becomes ready:"):
        assert words in shown
    assert "1 change tried" in typed("graph", "whatif", "-", stdin=json.dumps(changes[0]).encode())
    assert bakery("--json", "export").data["digest"] == before


def test_a_forecast_is_the_same_for_the_same_seed(bakery: Any, typed: Callable[..., str]) -> None:
    words = ("graph", "forecast", "--samples", "200", "--agents", "2", "--seed", "7", "--json")
    first, again = ([one["minutes"] for one in bakery(*words).data["quantiles"]] for _ in range(2))
    assert first == again
    assert first == sorted(first)
    assert "2 agents; done by:" in typed(*words[:-1])
    assert "as many agents as help" in typed("graph", "forecast", "--samples", "50", "--agents", "max")
    alone = bakery("graph", "forecast", "--samples", "200", "--capacity", "baker=1", "--json").data
    assert alone["agents"] == 1


def test_the_tree_marks_the_critical_path(bakery: Any, typed: Callable[..., str]) -> None:
    bakery("update", "bake-d2", "--estimate", "60d")
    path = [one["task_id"] for one in bakery("graph", "critical-path", "--json").data["tasks"]]
    lines = typed("graph", "tree").splitlines()
    assert lines[0] == "* bake-e2  Tell the regulars  [pending]"
    assert lines[1] == "* \u2514\u2500 bake-e1  Open the shop  [pending]"
    assert "  and 1 task besides, where none waits for another" in lines
    marked = {line.split("bake-")[1].split()[0] for line in lines if line.startswith("* ") and "bake-" in line}
    assert {f"bake-{one}" for one in marked} == set(path)
    below = typed("graph", "tree", "bake-pay", "--depth", "1")
    assert "bake-c2  Pay online  [pending]  (+2 below)" in below
    assert "bake-a4" not in below
    data = bakery("graph", "tree", "bake-pay", "--depth", "1", "--json").data
    (root,) = data["trees"]
    assert (root["task_id"], root["critical"]) == ("bake-pay", False)
    assert {one["task_id"]: one.get("omitted") for one in root["children"]}["bake-c2"] == 2
    assert typed("graph", "tree", "bake-a1").startswith("  bake-a1  Write down what a customer may order  [completed]")


def test_a_deep_tree_needs_no_stack(v: Any, terminal: Any) -> None:
    lines = [json.dumps({"id": f"t-{at}", "title": "x", "depends_on": [f"t-{at - 1}"] if at else []})
             for at in range(1200)]  # fmt: skip
    assert v("create", "--stdin", stdin="\n".join(lines).encode()).code == 0
    shown = terminal("graph", "tree", "--depth", "200").out.splitlines()
    assert len([line for line in shown if "t-" in line]) == 201
    assert "(+1 below)" in shown[200]


def test_the_dashboard_and_insights(bakery: Any, typed: Callable[..., str]) -> None:
    data = bakery("dashboard", "--json").data
    assert (data["total"], data["completed"], data["ready"]) == (23, 2, 5)
    shown = typed("dashboard", "--project", "bake")
    for words in ("Project bake: 23 tasks, 2 completed", "5 ready", "Health:", "Waiting, the most urgent first:"):
        assert words in shown
    found = bakery("insights", "--json").data["insights"]
    assert {"risk", "action", "changed"} == {one["area"] for one in found}
    told = typed("insights", "--since", "2d ago")
    assert told.index("At risk:") < told.index("To do about it:") < told.index("Changed since")


EMPTY = [
    ("critical-path", "Nothing is open here, so there is no critical path."),
    ("bottlenecks", "Nothing is open here."),
    ("waves", "Nothing is open here."),
    ("forecast", "Nothing is open here: the work is over."),
    ("timeline", "No tasks, and so no timeline."),
    ("burnup", "No tasks, and so nothing to burn up."),
    ("metrics", "There are no tasks, and so there is no graph yet."),
    ("tree", "Nothing is open here, so nothing waits."),
]


def test_without_tasks_each_command_says_so(v: Any, terminal: Any) -> None:
    assert {"nodes": [], "edges": [], "total": 0}.items() <= v("graph", "--json").data.items()
    for name, said in EMPTY:
        assert terminal("graph", name).out == f"{said}\n"
    assert "no tasks yet" in terminal("dashboard").out


def test_without_edges(v: Any, make: Callable[..., str], terminal: Any) -> None:
    one, other = make("One"), make("Two")
    assert "Neither of the two waits for the other." in terminal("graph", "path", one, other).out
    assert "No open task waits for another." in terminal("graph", "bottlenecks").out
    assert terminal("graph", "tree").out.splitlines()[-1] == "  and 2 tasks besides, where none waits for another"
    assert "Needs: nothing.\nNeeded by: nothing." in terminal("graph", "deps", one).out


def test_a_project_named_before_the_command_counts(bakery: Any) -> None:
    bakery("project", "create", "other")
    for words in (("--project", "other", "graph", "critical-path"), ("graph", "--project", "other", "critical-path")):
        assert bakery(*words, "--json").data["tasks"] == []
    assert bakery("graph", "--project", "nowhere", "critical-path", "--json").error["code"] == "not_found"


def test_long_lists_are_bounded_for_people_only(v: Any, make: Callable[..., str], terminal: Any) -> None:
    root = make("Root")
    lines = [json.dumps({"title": f"Leaf {at}", "depends_on": [root]}) for at in range(60)]
    v("create", "--stdin", stdin="\n".join(lines).encode())
    shown = terminal("graph", "deps", root).out
    assert "and 40 more: --json lists all" in shown
    assert len(v("graph", "deps", root).data["dependents"]) == 60


BAD: list[tuple[str, tuple[str, ...], int, str]] = [
    ("unknown id", ("graph", "deps", "bake-none"), 3, "bake-none"),
    ("unknown end", ("graph", "path", "bake-a1", "bake-none"), 3, "bake-none"),
    ("unknown root", ("graph", "tree", "bake-none"), 3, "bake-none"),
    ("unknown middle", ("graph", "--mermaid", "--around", "bake-none"), 3, "bake-none"),
    ("unknown project", ("graph", "waves", "--project", "nowhere"), 3, "nowhere"),
    ("unknown dashboard", ("dashboard", "--project", "nowhere"), 3, "nowhere"),
    ("ambiguous id", ("graph", "deps", "bake-a"), 2, "bake-a"),
    ("bad span", ("graph", "impact", "bake-a4", "--delay", "soon"), 2, "delay"),
    ("negative span", ("graph", "impact", "bake-a4", "--delay", "-3d"), 2, "-3d"),
    ("negative agents", ("graph", "forecast", "--agents", "-1"), 2, "agents"),
    ("no agents", ("graph", "timeline", "--agents", "0"), 2, "agents"),
    ("words for agents", ("graph", "forecast", "--agents", "some"), 2, "some"),
    ("bad capacity", ("graph", "forecast", "--capacity", "baker"), 2, "ROLE=N"),
    ("no samples", ("graph", "forecast", "--samples", "0"), 2, "samples"),
    ("bad seed", ("graph", "forecast", "--seed", "-1"), 2, "seed"),
    ("too many hours", ("graph", "forecast", "--hours-per-day", "25"), 2, "hours_per_day"),
    ("bad hours", ("graph", "timeline", "--hours-per-day", "nan"), 2, "hours_per_day"),
    ("bad period", ("graph", "burnup", "--period", "minute"), 2, "minute"),
    ("bad limit", ("graph", "--dot", "-n", "0"), 2, "limit"),
    ("bad hops", ("graph", "--dot", "--around", "bake-a4", "--hops", "-1"), 2, "hops"),
    ("bad since", ("insights", "--since", "yesterdayish"), 2, "yesterdayish"),
    ("missing file", ("graph", "whatif", "no-such.json"), 2, "no-such.json"),
    ("two pictures", ("graph", "--dot", "a", "--svg", "b"), 2, "One picture"),
    ("picture of a command", ("graph", "--dot", "-", "waves"), 2, "waves"),
    ("unknown command", ("graph", "nonsense"), 2, "nonsense"),
    ("no language", ("graph", "query", "MATCH (n) RETURN n"), 1, "query language"),
    ("bad parameters", ("graph", "query", "x", "--parameters", "[1]"), 2, "parameters"),
]


@pytest.mark.parametrize(("words", "code", "said"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
def test_bad_words(bakery: Any, words: tuple[str, ...], code: int, said: str) -> None:
    refused = bakery(*words, "--json")
    assert refused.code == code, (refused.out, refused.err)
    assert said in refused.error["message"]


CHANGES = [
    (b"{", "not JSON"),
    (b"3", "list of JSON objects"),
    (b"[3]", "change 0"),
    (b'[{"kind": "complete", "task_id": "bake-a3"}, 4]', "change 1"),
    (b'[{"kind": "explode", "task_id": "bake-a3"}]', "explode"),
    (b'[{"kind": "delay", "task_id": "bake-a3"}]', "minutes"),
    (b'[{"kind": "complete", "task_id": "bake-a3", "why": 1}]', "why"),
    (b"\xff", "UTF-8"),
    (b"[" * 100_000, "not JSON"),
]


@pytest.mark.parametrize(("data", "said"), CHANGES)
def test_bad_changes(bakery: Any, data: bytes, said: str) -> None:
    refused = bakery("--json", "graph", "whatif", "-", stdin=data)
    assert refused.code == 2
    assert said in refused.error["message"]


def test_a_change_of_no_task_is_told(bakery: Any) -> None:
    answer = bakery("--json", "graph", "whatif", "-", stdin=b'[{"kind": "complete", "task_id": "bake-none"}]')
    assert "bake-none" in answer.out + answer.err


SPANS = [(0, "0m"), (45, "45m"), (60, "1h"), (90, "1h 30m"), (1439, "23h 59m"), (1440, "1d"), (3060, "2d 3h"),
         (2879, "2d"), (14 * 1440, "14d"), (-90, "-1h 30m"), (1000 * 1440, "1,000d")]  # fmt: skip


@pytest.mark.parametrize(("minutes", "said"), SPANS)
def test_spans(minutes: int, said: str) -> None:
    assert listed.span(minutes) == said


@pytest.mark.parametrize(("minutes", "said"), [(0, "none"), (60, "+1h"), (-60, "-1h")])
def test_shifts(minutes: int, said: str) -> None:
    assert listed.shift(minutes) == said


def test_another_graph_that_answered_is_told() -> None:
    class Answer:
        stand_in_reason = "kuzu is \x1b not there"

    assert (
        listed.noted(lambda _: "All.")(Answer())
        == "All.\n  note: the graph of this process answered: kuzu is \\x1b not there"
    )  # type: ignore[type-var]
