"""What replies say, kind by kind."""

from __future__ import annotations

from counting import tokens
from plugins.mcp.conftest import Agent, Agents
from vespera_core.model.event import Event
from vespera_mcp.replies.generic import anything
from vespera_mcp.replies.telling import told
from vespera_mcp.replies.wanted import Wanted


def test_a_day_of_an_agent(agent: Agent) -> None:
    assert agent("ready_tasks") == "1 of 1 ready: id, priority, title\nweb-1\tP1\tWrite the schema"
    started = agent("execute_task")
    assert started.startswith(
        "run web-1.r1: web-1\tin_progress @bot\tP1\tWrite the schema\tversion 2\nfence 1, lease until "
    )
    assert "left)\nbriefing (text of the ledger):\n```\n# web-1: Write the schema" in started
    assert agent("hold_task", action="heartbeat", task_id="web-1", fence=1).startswith("held: web-1\t")
    agent("hold_task", action="checkpoint", task_id="web-1", fence=1, state={"next": "the index"})
    assert agent("comment_task", task_id="web-1", text="half of it") == "remarked on web-1 as bot"
    shown = agent("get_task", task_id="web-1")
    assert 'checkpoint (text of the ledger):\n```\n{"next": "the index"}\n```' in shown
    assert "held by bot (worker), fence 1, lease until " in shown
    done = agent("complete_task", task_id="web-1", fence=1, reason="written", claim_next=True)
    lines = done.split("\n")
    assert lines[0].startswith("web-1\tcompleted\tP1\tWrite the schema\tversion ")
    assert lines[1] == "now ready: web-2"
    assert lines[2].startswith("held: web-2\tin_progress @bot\tP2\tBuild the page\tversion ")
    assert lines[3].startswith("fence 1, lease until ")
    assert agent("ready_tasks") == "0 ready"
    assert agent("hold_task", action="claim") == "nothing is ready"


def test_a_plan_is_one_call(agent: Agent) -> None:
    parts = [{"title": "Pack", "key": "pack", "task_id": "web-a"}, {"title": "Send", "task_id": "web-b"}]
    plan = [{"title": "Ship", "children": parts}]
    text = agent("create_task_tree", tasks=plan)
    assert text.startswith("created 3 tasks: id, status, priority, title\n")
    top = text.split("\n")[1].split("\t")[0]
    shown = agent("get_task_tree", task_id=top).split("\n")
    assert [one.split("\t")[-1] for one in shown[1:]] == ["Ship", "Pack", "Send"]
    assert [len(one) - len(one.lstrip()) for one in shown[1:]] == [0, 2, 2]


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
    assert "title" in text.split("\n")[1]
    assert text.split("\n")[2].endswith("\tWrite the schema")


def test_events_are_lines() -> None:
    event = Event(
        7,
        "e",
        0,
        "task.updated",
        "web",
        "task",
        "web-1",
        2,
        "ann\nbob",
        "cli",
        {},
        {"changes": {"title": ["a", "b"]}},
        "",
        "",
    )  # type: ignore[arg-type]
    assert anything({"events": [event]}, Wanted()).split("\n")[1].split("\t")[2:] == [
        "task.updated",
        "web-1",
        "ann bob",
        "title",
    ]


def test_what_has_nothing_to_say_is_done() -> None:
    assert told("plugin.own", {}, Wanted(), now=0) == "done"
