"""The client's protocol: messages as its reference gives them, and what no client would send."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.guard.support import guard_at
from vespera_core.app.guard import claude
from vespera_core.app.guard.claude import Malformed
from vespera_core.app.guard.decision import Guard
from vespera_core.model.role import Patterns, RoleDefinition

MESSAGES = json.loads(Path(__file__).with_name("messages.json").read_text(encoding="utf-8"))
ROLE = RoleDefinition(
    name="writer",
    read=Patterns(None, ("docs/private/",)),
    edit=Patterns(("docs/**",), ("docs/private/",)),
    tools=Patterns(None, ("Web*",)),
)
EDIT = {"hook_event_name": "PreToolUse", "cwd": "/", "tool_name": "Edit", "tool_input": {"file_path": "/x"}}

Verdict = Callable[[Any], str | None]


@pytest.fixture(scope="module")
def writer(root: Path) -> Guard:
    return guard_at(root, ROLE)


def reason(message: Any, *guards: Guard) -> str | None:
    call = claude.read(json.dumps(message).encode())
    return None if call is None else claude.judge(call, guards)


@pytest.mark.parametrize("row", MESSAGES, ids=lambda row: f"{row['message']['tool_name']}-{row['allowed']}")
def test_messages_of_the_client_get_their_verdict(writer: Guard, root: Path, row: dict[str, Any]) -> None:
    message = json.loads(json.dumps(row["message"]).replace("ROOT", str(root)))
    assert (reason(message, writer) is None) == row["allowed"]


def test_a_refusal_is_what_the_client_expects() -> None:
    answer = json.loads(claude.refusal("no: \u2028 é"))
    assert answer == {
        "hookSpecificOutput": {
            "hookEventName": "PreToolUse", "permissionDecision": "deny", "permissionDecisionReason": "no: \u2028 é",
        }
    }  # fmt: skip
    assert claude.refusal("é").isascii()


@pytest.mark.parametrize(
    "data",
    [
        b"", b"{", b"[]", b"null", b"\xff\xfe{}", b'"PreToolUse"', b"{}", b"[" * 100_000,
        json.dumps(EDIT | {"tool_name": 3}).encode(),
        json.dumps(EDIT | {"tool_name": ""}).encode(),
        json.dumps(EDIT | {"tool_input": "x"}).encode(),
        json.dumps(EDIT | {"tool_input": {}}).encode(),
        json.dumps(EDIT | {"tool_input": {"file_path": None}}).encode(),
        json.dumps(EDIT | {"tool_input": {"file_path": "/x", "edits": [{"file_path": 1}]}}).encode(),
        json.dumps(EDIT | {"cwd": None}).encode(),
        json.dumps(EDIT | {"cwd": "work"}).encode(),
        json.dumps(EDIT | {"hook_event_name": None}).encode(),
        json.dumps(EDIT | {"tool_name": "Glob", "tool_input": {"pattern": "*/../../x"}}).encode(),
        json.dumps(EDIT | {"tool_name": "Glob", "tool_input": {"pattern": "{/etc,src}/*"}}).encode(),
        json.dumps(EDIT | {"tool_name": "Glob", "tool_input": {"pattern": "*", "path": 3}}).encode(),
    ],
)  # fmt: skip
def test_a_malformed_message_is_refused(data: bytes) -> None:
    with pytest.raises(Malformed):
        claude.read(data)


def test_a_path_that_is_no_text_is_refused(writer: Guard) -> None:
    message = json.dumps(EDIT).replace('"/x"', '"docs/\\ud800"').encode()
    call = claude.read(message)
    assert call is not None
    assert "not valid Unicode" in (claude.judge(call, [writer]) or "")


def test_without_a_role_nothing_is_edited() -> None:
    assert "No role is in force" in (reason(EDIT) or "")
    assert reason(EDIT | {"tool_name": "Read"}) is None


def test_one_of_several_roles_is_enough(writer: Guard, root: Path) -> None:
    coder = guard_at(root, RoleDefinition(name="coder", edit=Patterns(("src/**",))))
    edit = EDIT | {"cwd": str(root), "tool_input": {"file_path": "src/y"}}
    assert reason(edit, writer) is not None
    assert reason(edit, writer, coder) is None
    both = reason(edit | {"tool_input": {"file_path": "tests/y"}}, writer, coder)
    assert both is not None
    assert "writer" in both
    assert "coder" in both
