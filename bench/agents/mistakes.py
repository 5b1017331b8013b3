"""Mistakes: every error that an agent can meet, made on purpose, and what is done about it.

What to do is read off the line alone. A call that it writes out is made as it stands. Where it only says that a value
was wrong, the agent says the value that it meant in the first place: nobody else knows that. Where it says that the
surroundings are broken, there is nothing for an agent to do but to go on with other work.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Any, NamedTuple

from bench.agents.agent import Agent, Said, suggested, told_fence

Arguments = dict[str, Any]


class Way(StrEnum):
    """How an agent came on after an error."""

    CALLED = "it called what the hint wrote out"
    CORRECTED = "it said what it had meant"
    LEFT = "it went on with other work"


class Mistake(NamedTuple):
    """An error that was met: the code that it should have, and the arguments that were meant where that helps."""

    name: str
    code: str
    said: Said
    meant: Arguments | None = None


class Recovery(NamedTuple):
    """What came of following a hint."""

    mistake: Mistake
    way: Way
    said: Said


class Crew(NamedTuple):
    """Who makes the mistakes: one with the usual tools, one with all of them, and one who works in a narrow role."""

    ann: Agent
    bob: Agent
    rita: Agent


def recovered(agent: Agent, mistake: Mistake) -> Recovery:
    """Do as the hint says."""
    call = suggested(mistake.said.hint)
    if call is not None:
        return Recovery(mistake, Way.CALLED, agent.call(*call))
    if mistake.meant is not None:
        return Recovery(mistake, Way.CORRECTED, agent.call(mistake.said.tool, mistake.meant))
    return Recovery(mistake, Way.LEFT, agent.call("ready_tasks", {}))


def made(crew: Crew, broken: dict[str, str]) -> Iterator[Recovery]:
    """All of them, one after the other; `broken` are folders of workspaces by the code that they are broken with."""
    for agent, mistakes in (
        (crew.ann, _words(crew.ann)), (crew.ann, _places(crew.ann)), (crew.ann, _holds(crew)),
        (crew.bob, _rules(crew.bob)), (crew.rita, _roles(crew.rita)), (crew.bob, _surroundings(crew.bob, broken)),
    ):  # fmt: skip
        for mistake in mistakes:
            yield recovered(agent, mistake)


def _words(ann: Agent) -> Iterator[Mistake]:
    """Calls that are wrong whatever there is in the ledger."""

    def wrong(name: str, tool: str, arguments: Arguments, meant: Arguments | None = None) -> Mistake:
        return Mistake(name, "invalid_input", ann.call(tool, arguments), meant)

    yield wrong("unknown tool", "list_task", {"limit": 5})
    yield wrong("unknown argument", "list_tasks", {"statuss": ["pending"]})
    yield wrong("argument like no other", "ready_tasks", {"zork": 1})
    yield wrong("argument of another view", "get_task", {"task_id": "work-1", "view": "detail", "since": 3})
    yield wrong("missing argument", "search_tasks", {}, {"query": "first"})
    yield wrong("missing id", "get_task", {})
    yield wrong("wrong type", "list_tasks", {"limit": "five"})
    yield wrong("wrong type of id", "get_task", {"task_id": 5})
    yield wrong("wrong type of text", "create_task", {"title": 5}, {"title": "Five"})
    yield wrong("unknown word", "create_task", {"title": "A", "priority": "urgent"}, {"title": "A", "priority": "high"})
    yield wrong("unknown status", "update_task", {"task_id": "work-2", "status": "donee"}, {"task_id": "work-2"})
    yield wrong("no time", "create_task", {"title": "B", "due_at": "soon"})
    yield wrong("too small budget", "list_tasks", {"budget": 5}, {})
    yield wrong("too long page", "list_tasks", {"limit": 100_000}, {"limit": 500})
    yield wrong("unknown column", "list_tasks", {"fields": ["titel"]}, {"fields": ["title"]})
    yield wrong("cursor of nowhere", "list_tasks", {"cursor": "nonsense"}, {})
    yield wrong("unknown view", "get_task", {"task_id": "work-1", "view": "zork"}, {"task_id": "work-1"})
    yield wrong("empty title", "create_task", {"title": ""}, {"title": "C"})
    yield wrong("plan of a wrong word", "create_task_tree", {"tasks": [{"titel": "D"}]}, {"tasks": [{"title": "D"}]})


def _places(ann: Agent) -> Iterator[Mistake]:
    """Calls about what is not there, or is there already."""

    def wrong(name: str, code: str, tool: str, arguments: Arguments, meant: Arguments | None = None) -> Mistake:
        return Mistake(name, code, ann.call(tool, arguments), meant)

    yield wrong("unknown id", "not_found", "get_task", {"task_id": "work-11x"})
    yield wrong("id like no other", "not_found", "get_task", {"task_id": "zzz"})
    yield wrong("ambiguous id", "ambiguous_id", "get_task", {"task_id": "work-"})
    yield wrong("unknown project", "not_found", "get_task_dashboard", {"project_id": "nowhere"}, {})
    yield wrong("unknown role", "unknown_role", "execute_task", {"task_id": "work-4", "role": "makr"})
    yield wrong("archived", "archived", "create_task", {"title": "E", "project_id": "old"}, {"title": "E"})
    yield wrong("duplicate id", "duplicate_id", "create_task", {"title": "F", "task_id": "work-1"}, {"title": "F"})
    yield wrong("similar", "similar_exists", "create_task", {"title": "The first part", "if_similar": "refuse"})
    ann.call("create_task", {"title": "G"}, key="once")
    yield Mistake(
        "key of another call", "idempotency_mismatch", ann.call("create_task", {"title": "H"}, key="once"),
        {"title": "H"},
    )  # fmt: skip


def _holds(crew: Crew) -> Iterator[Mistake]:
    """Calls that others, or the order of tasks, stand against."""
    ann, bob, _ = crew

    def wrong(name: str, code: str, tool: str, **arguments: Any) -> Mistake:
        return Mistake(name, code, ann.call(tool, arguments))

    yield wrong("circle", "cycle", "add_task_dependency", task_id="work-1", depends_on="work-2")
    yield wrong("claim of what waits", "not_ready", "hold_task", action="claim", task_id="work-2")
    yield wrong("end of what waits", "not_ready", "complete_task", task_id="work-2")
    yield wrong("start of what waits", "not_ready", "execute_task", task_id="work-2")
    fence = told_fence(bob.do("hold_task", action="claim", task_id="work-3"))
    yield wrong("held by another", "held", "hold_task", action="claim", task_id="work-3")
    yield wrong("end of what another holds", "held", "complete_task", task_id="work-3")
    yield wrong("change of what another holds", "held", "update_task", task_id="work-3", title="Mine")
    bob.do("hold_task", action="release", task_id="work-3", fence=fence)
    mine = told_fence(ann.do("hold_task", action="claim", task_id="work-3"))
    ann.do("hold_task", action="release", task_id="work-3", fence=mine)
    yield wrong("stale fence", "stale_fence", "complete_task", task_id="work-3", fence=mine)
    yield wrong("heartbeat of a stale fence", "stale_fence", "hold_task", action="heartbeat", task_id="work-3", fence=1)
    yield wrong("nothing held", "conflict", "hold_task", action="checkpoint", task_id="work-4", state={"next": "x"})
    yield wrong("old version", "version_conflict", "update_task", task_id="work-5", title="New", expected_version=9)
    yield wrong("children", "has_children", "delete_task", task_id="work-6", confirm=1)
    yield wrong("wrong count", "conflict", "delete_task", task_id="work-6", recursive=True, confirm=1)


def _rules(bob: Agent) -> Iterator[Mistake]:
    """Calls that a rule of the workspace stands against; some need tools beyond the usual ones."""

    def wrong(name: str, code: str, tool: str, **arguments: Any) -> Mistake:
        return Mistake(name, code, bob.call(tool, arguments))

    odd = wrong("forbidden status", "transition", "update_task", task_id="work-7", status="completed")
    yield odd._replace(meant={"task_id": "work-7", "status": "in_review"})
    bare = wrong("too little evidence", "evidence_needed", "complete_task", task_id="work-proof")
    yield bare._replace(meant={"task_id": "work-proof", "command": "make check", "exit_code": 0})
    bob.do("update_task", task_id="work-7", status="completed")
    making = {"action": "claim", "role": "maker"}
    fence = told_fence(bob.do("hold_task", task_id="work-made", **making))
    yield wrong("enough of this role", "capacity_reached", "hold_task", task_id="work-more", **making)
    bob.do("hold_task", action="release", task_id="work-made", fence=fence)
    yield wrong("odd role", "role", "execute_task", task_id="work-4", role="odd")
    yield wrong("no inverse", "not_undoable", "event_undo", event="1")
    yield wrong("no such engine", "unsupported", "graph_query", text="MATCH (t:Task) RETURN t")
    yield wrong("no export", "invalid_import", "exchange_import", format="jsonl", path="no-export.jsonl")


def _roles(rita: Agent) -> Iterator[Mistake]:
    """Calls that a role stands against."""

    def wrong(name: str, code: str, tool: str, **arguments: Any) -> Mistake:
        return Mistake(name, code, rita.call(tool, arguments))

    yield wrong("tool of others", "invalid_input", "delete_task", task_id="work-1")
    yield wrong("task of another role", "assignment_refused", "hold_task", action="claim", task_id="work-made")
    yield wrong("held until approved", "approval_needed", "hold_task", action="claim", task_id="work-approve")


def _surroundings(bob: Agent, broken: dict[str, str]) -> Iterator[Mistake]:
    """Calls in workspaces that cannot be used."""
    for code, folder in broken.items():
        yield Mistake(f"workspace: {code}", code, bob.call("list_tasks", {"workspace": folder}))
