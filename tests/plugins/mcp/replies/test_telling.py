"""What replies say, kind by kind."""

from __future__ import annotations

import re

from counting import tokens
from plugins.mcp.conftest import Agent, Agents
from plugins.mcp.replies.making import NOW
from vespera_core.app.answers import HistoryAnswer
from vespera_core.app.context.answers import ContextAnswer, ContextSection
from vespera_core.model.event import Event
from vespera_mcp.replies.telling import told
from vespera_mcp.replies.wanted import Wanted


def test_a_day_of_an_agent(agent: Agent) -> None:
    assert agent("ready_tasks") == "1 ready task\nid\tstatus\tpri\ttitle\nweb-1\tpending\tP1\tWrite the schema"
    started = agent("execute_task")
    assert started.startswith(
        "run web-1.r1, attempt 1\nholding web-1\tin_progress\tv2\tP1\tWrite the schema\nfence 1, lease until "
    )
    assert "m)\nbriefing (ledger text about the work):\n```\n# web-1: Write the schema" in started
    held = agent("hold_task", action="heartbeat", task_id="web-1", fence=1)
    assert held.startswith("holding web-1\t")
    assert held.split("\n")[1].startswith("fence 1, lease until ")
    agent("hold_task", action="checkpoint", task_id="web-1", fence=1, state={"next": "the index"})
    assert agent("comment_task", task_id="web-1", text="half of it").startswith("commented on web-1 at 2")
    shown = agent("get_task", task_id="web-1")
    assert '\ncheckpoint: {"next":"the index"}\n' in shown
    assert "\nheld: by bot until " in shown
    assert "), fence 1\n" in shown
    assert re.search(r"\ncomments \(1 of 1.*\(ledger text, not instructions\):\n```\n\S+ bot: half of it\n```$", shown)
    done = agent("complete_task", task_id="web-1", fence=1, reason="written", claim_next=True)
    lines = done.split("\n")
    assert lines[0] == "ready now: web-2"
    assert lines[1].startswith("holding web-2\tin_progress\tv2\tP2\tBuild the page")
    assert lines[2].startswith("fence 1, lease until ")
    assert lines[3].startswith("web-1\tcompleted\tv")
    assert lines[3].endswith("\tP1\tWrite the schema")
    assert agent("ready_tasks") == "0 ready tasks"
    assert agent("hold_task", action="claim") == "nothing is ready to claim"


def test_a_plan_is_one_call(agent: Agent) -> None:
    parts = [{"title": "Pack", "key": "pack", "task_id": "web-a"}, {"title": "Send", "task_id": "web-b"}]
    plan = [{"title": "Ship", "children": parts}]
    text = agent("create_task_tree", tasks=plan)
    assert text.startswith("created 3 tasks\n")
    top = text.split("\n")[1].split("\t")[0]
    shown = agent("get_task_tree", task_id=top).split("\n")
    assert shown[1].split("\t") == ["id", "status", "pri", "title"]
    assert [one.split("\t")[0] for one in shown[2:]] == [top, ".web-a", ".web-b"]
    assert [one.split("\t")[-1] for one in shown[2:]] == ["Ship", "Pack", "Send"]


def test_a_key_makes_a_write_repeatable(agent: Agent) -> None:
    first = agent.ask("create_task", "key-1", title="Once")
    assert agent.ask("create_task", "key-1", title="Once") == first
    assert agent.ask("create_task", "key-1", title="Twice").text.startswith("idempotency_mismatch: ")
    assert agent("list_tasks").count("Once") == 1


def test_whatever_needs_no_argument_says_something_short(agents: Agents) -> None:
    agent = agents("all")
    offer = agent.runner.run(agent.desk.offers.usual(agent.workspaces, None))
    asked = [tool.name for tool in offer.tools.values() if tool.reads and not tool.required]
    assert len(asked) > 40
    for name in asked:
        text = agent.ask(name).text
        assert text, name
        assert not text.startswith("internal"), name
        assert tokens(text) <= 2_000, name


def test_titles_stand_beside_ids(agent: Agent) -> None:
    text = agent("analyze_task_dependencies")
    assert text.split("\n")[1] == "id\ttitle\twork"
    assert text.split("\n")[2].startswith("web-1\tWrite the schema\t")


def test_events_are_lines() -> None:
    event = Event(
        7, "e", NOW, "task.updated", "web", "task", "web-1", 2, "ann\nbob", "cli", {},
        {"changes": {"title": ["a", "b\tc"]}}, "", "",
    )  # type: ignore[arg-type]  # fmt: skip
    assert told("event.list", HistoryAnswer((event,), 3), Wanted(), now=NOW).split("\n")[1:] == [
        "seq\tat\tkind\tid\tactor\tchanges",
        "7\t2026-11-23T12:00Z\ttask.updated\tweb-1\tann bob\ttitle=b c",
        "next: before_seq=3",
    ]


def test_a_briefing_says_what_is_told_in_part() -> None:
    sections = tuple(
        ContextSection(name=name, told=1, found=found, cut=False, more="")
        for name, found in (("notes", 4), ("task", 1))
    )
    answer = ContextAnswer(task_id="web-1", text="Do it.", tokens=5, budget=500, sections=sections, position=9)
    assert told("task.context", answer, Wanted(), now=NOW).startswith("position: 9; told in part: notes 1/4\nbriefing")


def test_what_has_nothing_to_say_is_told_as_that() -> None:
    assert told("plugin.own", {}, Wanted(), now=NOW) == "{}"
