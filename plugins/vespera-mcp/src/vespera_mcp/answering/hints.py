"""Hints: the core's next steps, which name commands of the command line, told as calls of tools.

A hint is followed literally. What no tool of this server does is left to a person at the command line, and says so.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from typing import Any, Final

from vespera_core.errors import AmbiguousId, CycleRefused, NotFound, VesperaError

_ID: Final = r"(\S+)"
_TABLE: Final[tuple[tuple[str, str, dict[str, Any]], ...]] = (
    ("show ID", "get_task", {"task_id": 1}),
    ("ready --explain ID", "get_task", {"task_id": 1}),
    ("list --limit 0", "list_tasks", {}),
    (r"list --status ID --project ID", "list_tasks", {"status": [1], "project_id": 2}),
    ("next", "ready_tasks", {}),
    ("claim", "hold_task", {"action": "claim"}),
    ("claim ID", "hold_task", {"action": "claim", "task_id": 1}),
    ("heartbeat ID", "hold_task", {"action": "heartbeat", "task_id": 1}),
    ("tree ID", "get_task_tree", {"task_id": 1}),
    ("dep tree ID", "analyze_task_dependencies", {"task_id": 1}),
    ("dep cycles", "dependency_cycles", {}),
    ("dep cycles", "analyze_task_dependencies", {}),
    ("restore ID", "task_restore", {"task_id": 1}),
    ("history ID", "event_list", {"task_id": 1}),
    ("history ID", "get_task", {"task_id": 1}),
    ("history", "event_list", {}),
    ("evidence list ID", "evidence_list", {"task_id": 1}),
    ("evidence list ID", "get_task", {"task_id": 1}),
    ("approval list", "approval_list", {}),
    ("project list", "project_list", {}),
    ("project list", "get_task_dashboard", {}),
    ("project show ID", "project_get", {"project_id": 1}),
    ("role list", "list_roles", {}),
    ("role validate", "role_validate", {}),
    ("role suitable --task ID", "role_suitable", {"task_id": 1}),
    ("role suitable --task ID", "list_roles", {}),
    ("run list", "run_list", {}),
    ("run status ID", "run_status", {"run_id": 1}),
    ("principal list", "principal_list", {}),
    ("member list", "member_list", {}),
    ("grant list", "grant_list", {}),
    ("token list", "token_list", {}),
    ("call webhook.list", "webhook_list", {}),
    ("call webhook.deliveries webhook_id=ID", "webhook_deliveries", {"webhook_id": 1}),
    ("registration list", "plugin_list", {}),
    ("services(?: status)?", "service_list", {}),
    ("audit verify", "audit_verify", {}),
    ("keys status", "keys_status", {}),
    ("plugins(?: check| list)?", "system_plugins", {}),
    ("doctor", "system_doctor", {}),
)
"""Commands, and the tools that do the same; where the first is not offered, the next one of the same command is."""

_CALLS: Final = tuple((re.compile(words.replace("ID", _ID)), tool, takes) for words, tool, takes in _TABLE)
_COMMAND: Final = re.compile(r"'vespera ([^']+)'")
_OPTION: Final = re.compile(r"(?<![\w-])--([a-z]+(?:-[a-z]+)*)")
_PLACEHOLDER: Final = "ID"
_SAID: Final = (
    (", or act as somebody who may (--actor)", ""), ("or name one with -C DIR", "or name it as workspace"),
    ("Run ", "Call "), ("run ", "call "),
)  # fmt: skip


def call_of(tool: str, arguments: Mapping[str, Any]) -> str:
    """A call as it is written in a hint."""
    return f"{tool} {json.dumps(arguments, ensure_ascii=False, separators=(',', ':'))}"


def hint_of(error: VesperaError, offered: Collection[str], about: str | None) -> str:
    """The next step after an error, with calls of the tools that are `offered`; `about` is the task of the call."""
    if isinstance(error, NotFound | AmbiguousId):
        near = error.details.get("close") or error.details.get("candidates")
        if near and "get_task" in offered and not error.details.get("role"):
            return f"{call_of('get_task', {'task_id': near[0]})} if that is what is meant; close are {', '.join(near)}."
    subject = _subject(error) or about
    parts = _COMMAND.split(error.next)
    return "".join(_told(part, offered, subject) if at % 2 else _plain(part) for at, part in enumerate(parts))


def _plain(text: str) -> str:
    """Words between commands, with arguments in place of options."""
    for said, instead in _SAID:
        text = text.replace(said, instead)
    return _OPTION.sub(lambda found: found[1].replace("-", "_"), text)


def _subject(error: VesperaError) -> str | None:
    """The task that an error is about."""
    if isinstance(error, CycleRefused) and error.details.get("cycle"):
        return str(error.details["cycle"][0])
    found = error.details.get("task_id")
    return found if isinstance(found, str) else None


def _told(command: str, offered: Collection[str], subject: str | None) -> str:
    words = " ".join(subject if one == _PLACEHOLDER and subject else one for one in command.split(" "))
    for pattern, tool, takes in _CALLS:
        if tool in offered and (found := pattern.fullmatch(words)) and _PLACEHOLDER not in words.split(" "):
            return call_of(tool, {name: _filled(value, found) for name, value in takes.items()})
    return f"'vespera {command}' on the command line"


def _filled(value: Any, found: re.Match[str]) -> Any:
    if isinstance(value, int):
        return found[value]
    return [_filled(one, found) for one in value] if isinstance(value, list) else value
