"""What the commands of roles print for people, and the errors that they end with."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Typed = Callable[..., str]

DEV = """\
name: dev
description: Writes code.
capabilities: [code_writing]
files: {read: {allow: ['**']}, edit: {allow: ['src/**'], deny: ['*.key']}}
max_concurrent_tasks: 2
restrictions: {max_file_changes: 3000, require_approval: [completion]}
task_types: [bug, task]
context: [criteria, comments]
validation: [acceptance_criteria]
tags: [build]
instructions: |
  Do it.
"""


@pytest.fixture
def typed(v: Any, terminal: Any, tmp_path: Path) -> Typed:
    """The text that a command prints in a workspace with two roles, and ends with 0."""
    roles = tmp_path / ".vespera" / "roles"
    roles.mkdir()
    (roles / "dev.yaml").write_text(DEV)
    (roles / "lead.yaml").write_text("name: lead\nextends: dev\ntask_types: null\nmax_concurrent_tasks: null\n")

    def run(*words: str) -> str:
        outcome = terminal(*words)
        assert outcome.code == 0, outcome.err
        return str(outcome.out)

    return run


def break_one(folder: Path) -> None:
    (folder / ".vespera" / "roles" / "odd.yaml").write_text("name: odd\ncapabilites: [x]\n")


def line(text: str, begin: str) -> list[str]:
    """The words of the one line that begins so."""
    (found,) = [one.split() for one in text.splitlines() if one.split()[:1] == [begin]]
    return found


def test_list_tells_limits_sources_and_what_cannot_be_used(typed: Typed, tmp_path: Path) -> None:
    text = typed("role", "list")
    assert text.startswith("Roles")
    assert line(text, "dev") == ["dev", "2", ".vespera/roles/dev.yaml", "Writes", "code."]
    assert line(text, "lead")[1:3] == ["any", "number"]
    assert "Not to be used" not in text
    assert "only on offer" not in text
    break_one(tmp_path)
    assert (
        "Not to be used:\n  .vespera/roles/odd.yaml, line 2: capabilites is no field of a role; did you mean "
        "'capabilities'?.\n"
    ) in typed("role", "list")


def test_show_tells_all_that_a_role_inherits(typed: Typed, terminal: Any) -> None:
    text = typed("role", "show", "lead")
    for said in (
        "lead  Writes code.\n", "code_writing", "**", "src/**; not *.key", "every type", "any number", "3,000",
        "completion", "acceptance_criteria", "criteria, comments", "build", ".vespera/roles/lead.yaml", "Do it.",
    ):  # fmt: skip
        assert said in text, said
    wrong = terminal("role", "show", "deb")
    assert (wrong.code, wrong.out) == (3, "")
    assert "There is no role 'deb'. Did you mean dev?" in wrong.err


def test_validate_ends_with_1_where_something_is_wrong(typed: Typed, terminal: Any, tmp_path: Path) -> None:
    assert line(typed("role", "validate"), "Valid:")[1:]
    break_one(tmp_path)
    wrong = terminal("role", "validate")
    assert wrong.code == 1
    assert ".vespera/roles/odd.yaml, line 2: capabilites is no field of a role" in wrong.out
    draft = tmp_path / "draft.yaml"
    draft.write_text("name: draft\nfiles: {edit: {allow: ['/']}}\n")
    wrong = terminal("role", "validate", str(draft))
    assert wrong.code == 1
    assert "Valid: none\nNot to be used:\n" in wrong.out
    assert "line 2: files.edit.allow.0 The pattern '/' is not in the syntax" in wrong.out
    draft.write_text("name: draft\nextends: dev\n")
    assert typed("role", "validate", str(draft)) == "Valid: draft\n"


def test_a_day_of_assignments(typed: Typed, terminal: Any, make: Callable[..., str]) -> None:
    task, other = make("Lay the floor", "--acceptance", "It holds."), make("Plan", "-t", "epic")
    assert typed("role", "history") == "No task was given a role.\n"
    assert typed("role", "assign", task, "dev") == f"{task} is for dev now.\n"
    refused = terminal("role", "assign", other, "dev")
    assert (refused.code, refused.out) == (1, "")
    for said in (
        f"{other} cannot be given to the role 'dev'", "The role dev takes bug, task, not a epic.",
        f"{other} has no acceptance_criteria", f"vespera role suitable --task {other}",
    ):  # fmt: skip
        assert said in refused.err
    text = typed("role", "assign", other, "dev", "--force", "--reason", "just once")
    assert text.splitlines()[:2] == [
        f"{other} is for dev now.", "  Passed over: The role dev takes bug, task, not a epic.",
    ]  # fmt: skip
    typed("claim", task)
    text = typed("role", "workload")
    assert text.splitlines()[0].split() == ["role", "held", "of", "used", "ready", "open"]
    assert line(text, "dev") == ["dev", "1", "2", "50%", "1", "2"]
    assert line(text, "lead") == ["lead", "0", "any", "number", "0", "0"]
    assert line(typed("role", "workload", "dev"), "dev")[1] == "1"
    assert typed("role", "unassign", other) == f"Has no role now: {other}  Plan\n"
    rows = typed("role", "history").splitlines()
    assert len(rows) == 3
    assert "no role" in rows[0]
    assert "was dev" in rows[0]
    assert "against the rules" in rows[1]
    assert rows[2].split()[-2:] == [task, "dev"]
    assert len(typed("role", "history", task).splitlines()) == 1


def test_suitable_gives_reasons_the_best_first(typed: Typed, make: Callable[..., str]) -> None:
    text = typed("role", "suitable", "--capability", "code_writing", "-t", "bug")
    assert text.split()[0] == "dev"
    assert "has code_writing; is made for tasks of the type bug" in text.splitlines()[0]
    task = make("Plan", "-t", "epic", "--acceptance", "x")
    assert "dev" not in typed("role", "suitable", "--task", task).split()[:1]


def test_a_repeated_command_changes_nothing_more(typed: Typed, make: Callable[..., str]) -> None:
    task = make("x", "--acceptance", "y")
    said = [typed("role", "assign", task, "dev", "--idempotency-key", "k1") for _ in range(2)]
    said += [typed("role", "unassign", task, "--idempotency-key", "k2") for _ in range(2)]
    assert (said[0], said[2]) == (said[1], said[3])
    assert len(typed("role", "history").splitlines()) == 2


def test_a_claim_that_a_role_refuses_says_the_rule_and_the_next_step(
    typed: Typed, terminal: Any, make: Callable[..., str]
) -> None:
    task = make("x", "--role", "dev")
    refused = terminal("claim", task)
    assert (refused.code, refused.out) == (1, "")
    assert f"A worker of the role dev must not hold {task}: {task} has no acceptance_criteria" in refused.err
    assert f"vespera role suitable --task {task}" in refused.err
    text = typed("ready", "--explain", task)
    assert text.startswith(f"{task} is ready, but not for a worker:\n  {task} has no acceptance_criteria")
    assert typed("claim", task, "--human").startswith(f"Claimed {task}")
