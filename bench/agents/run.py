"""The run: a plan is made from a text, errors are met and got over, and three agents work it to the end."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final

from bench.agents.agent import Agent, Said, told_fence, told_hold, told_ids
from bench.agents.mistakes import Crew, Recovery, made
from bench.agents.plan import PLAN, planned
from bench.agents.worker import Bell, Held, Worker
from vespera_core.app.application import Vespera, init_workspace
from vespera_core.app.requests import CreateProject, ProjectRef, UpdateProject

PREFIX: Final = "work"
_ROLES: Final = {
    "writer": "capabilities: [documentation]\nrestrictions: {require_approval: [execution]}\n",
    "maker": "capabilities: [code_writing]\nmax_concurrent_tasks: 1\n",
    "odd": "wings: 2\n",
}
_WORKFLOW: Final = {"evidence": {"bug": "ran"}, "types": {"decision": {"pending": ["in_review"]}}}
_SIDE: Final[list[dict[str, Any]]] = [
    {"title": "The first part", "task_id": "work-1"},
    {"title": "The second part", "task_id": "work-2", "depends_on": ["work-1"]},
    {"title": "Something in between", "task_id": "work-3"},
    {"title": "Something held by nobody", "task_id": "work-4"},
    {"title": "Something that changes", "task_id": "work-5"},
    {"title": "Something with a part", "task_id": "work-6", "children": [{"title": "A part", "task_id": "work-6a"}]},
    {"title": "Something to look at twice", "task_id": "work-7", "type": "decision"},
    {"title": "Something to prove", "task_id": "work-proof", "type": "bug"},
    {"title": "Something to make", "task_id": "work-made", "role": "maker"},
    {"title": "Something else to make", "task_id": "work-more", "role": "maker"},
    {"title": "Something to approve", "task_id": "work-approve", "role": "writer"},
]
"""Tasks that mistakes are made on, and that are worked to the end like the others."""


@dataclass
class Outcome:
    """What a run came to: all that was said, and what the agents were told is written down."""

    said: list[Said] = field(default_factory=list)
    recoveries: list[Recovery] = field(default_factory=list)
    planned: list[str] = field(default_factory=list)
    completed: list[tuple[str, Held]] = field(default_factory=list)
    remarks: list[tuple[str, str, str]] = field(default_factory=list)
    exits: list[int] = field(default_factory=list)


def workspace(folder: Path) -> Path:
    """A workspace of a team with roles, a project that is put away, and bugs that are not done by saying so."""
    folder.mkdir(parents=True, exist_ok=True)
    init_workspace(folder, prefix=PREFIX, actor="ann")
    roles = folder / ".vespera" / "roles"
    roles.mkdir()
    for name, text in _ROLES.items():
        (roles / f"{name}.yaml").write_text(text, encoding="utf-8")
    (folder / "no-export.jsonl").write_text("{}\n", encoding="utf-8")
    with Vespera.open(folder, actor="ann") as ledger:
        ledger.call("project.update", UpdateProject(project_id=PREFIX, workflow=_WORKFLOW))
        ledger.call("project.create", CreateProject(project_id="old"))
        ledger.call("project.archive", ProjectRef(project_id="old"))
    return folder


def broken(root: Path) -> dict[str, str]:
    """Workspaces that cannot be used, by the code that says so."""
    made = {code: root / code for code in ("no_workspace", "config", "plugin", "store_corrupt")}
    for code, folder in made.items():
        folder.mkdir(parents=True)
        if code != "no_workspace":
            init_workspace(folder, prefix="lost", actor="ann")
    (made["config"] / ".vespera" / "config.toml").write_text("storage = [", encoding="utf-8")
    (made["plugin"] / ".vespera" / "config.toml").write_text('[vespera]\nstorage = "papyrus"\n', encoding="utf-8")
    (made["store_corrupt"] / ".vespera" / "vespera.db").write_bytes(b"no database at all " * 500)
    return {code: str(folder) for code, folder in made.items()}


def run(root: Path, errors: IO[Any] | None = None) -> Outcome:
    """Everything from the plan to the last task; what servers log goes to `errors`. Raises where an agent is stuck."""
    folder, outcome = workspace(root / "team"), Outcome()
    agents = {
        "ann": Agent("ann", folder, errors=errors), "bob": Agent("bob", folder, "--toolsets", "all", errors=errors),
        "cy": Agent("cy", folder, errors=errors), "rita": Agent("rita", folder, "--role", "writer", errors=errors),
    }  # fmt: skip
    try:
        _plan(agents["ann"], outcome)
        _err(Crew(agents["ann"], agents["bob"], agents["rita"]), broken(root), outcome)
        _work([agents[name] for name in ("ann", "bob", "cy")], outcome)
    finally:
        outcome.exits = [agent.server.close() for agent in agents.values()]
    outcome.said = [one for agent in agents.values() for one in agent.said]
    return outcome


def _plan(ann: Agent, outcome: Outcome) -> None:
    for trees in (planned(PLAN), _SIDE):
        outcome.planned += told_ids(ann.do("create_task_tree", tasks=trees))


def _err(crew: Crew, places: dict[str, str], outcome: Outcome) -> None:
    """Make the mistakes; what came to be held on the way is given back."""
    for recovery in made(crew, places):
        outcome.recoveries.append(recovery)
        held = told_hold(recovery.said.text)
        if held is not None:
            agent = next(one for one in crew if one.name == recovery.said.agent)
            agent.do("hold_task", action="release", task_id=held, fence=told_fence(recovery.said.text))
    crew.bob.do("approval_approve", task_id="work-approve")


def _work(agents: Sequence[Agent], outcome: Outcome) -> None:
    bell = Bell()
    workers = [Worker(agent, bell, turn) for turn, agent in enumerate(agents)]
    with ThreadPoolExecutor(len(workers)) as pool:
        for done in [pool.submit(worker.work) for worker in workers]:
            done.result()
    for agent, worker in zip(agents, workers, strict=True):
        outcome.completed += [(agent.name, held) for held in worker.completed]
        outcome.remarks += [(agent.name, *remark) for remark in worker.remarks]
