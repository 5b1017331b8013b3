"""The hook protocol of Claude Code: a message before each use of a tool, and the answer that refuses it.

The client writes one JSON object to the standard input of the hook: `hook_event_name` ``PreToolUse``, `tool_name`,
`tool_input` (absolute paths in `file_path`, `notebook_path` or `path`) and `cwd`, among others. A refusal is a JSON
object on standard output with exit code 0; exit code 2 refuses as well, with the reason on standard error; any other
failure lets the tool run. See https://code.claude.com/docs/en/hooks, "PreToolUse".
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from vespera_core.app.guard.decision import Guard, Operation

EVENT: Final = "PreToolUse"
MAX_BYTES: Final = 64_000_000
"""More than any message of the client holds; a longer one is refused unread."""

_FILES: Final[dict[str, tuple[str, Operation]]] = {
    "Edit": ("file_path", "edit"),
    "Write": ("file_path", "edit"),
    "MultiEdit": ("file_path", "edit"),
    "NotebookEdit": ("notebook_path", "edit"),
    "Read": ("file_path", "read"),
    "NotebookRead": ("notebook_path", "read"),
}
_SEARCHES: Final = frozenset({"Glob", "Grep", "LS"})
_WILD: Final = frozenset("*?[{")


class Malformed(Exception):
    """A message that is not one of the protocol, so that nobody can say what the tool would do."""


class Target(NamedTuple):
    """A file that a tool names, and what it would do with it; `search` for all that lies in a folder."""

    path: str
    operation: Operation
    search: bool = False


class Call(NamedTuple):
    """A tool that is about to be used, the files that it names, and the folder that these count from."""

    tool: str
    targets: tuple[Target, ...]
    base: str

    @property
    def edits(self) -> bool:
        """Whether it would change a file that it names."""
        return any(target.operation == "edit" for target in self.targets)


def read(data: bytes) -> Call | None:
    """The call that a message tells of; None for another event, which nobody asked about. Raises Malformed."""
    message = _object(data)
    event = message.get("hook_event_name")
    if isinstance(event, str) and event != EVENT:
        return None
    tool, asked, base = message.get("tool_name"), message.get("tool_input"), message.get("cwd")
    if event != EVENT or not isinstance(tool, str) or not tool:
        raise Malformed("it does not say which tool is to be used")
    if not isinstance(asked, dict):
        raise Malformed("tool_input is not an object")
    if not isinstance(base, str) or not base.startswith("/"):
        raise Malformed("cwd is not an absolute path")
    return Call(tool, tuple(_targets(tool, asked)), base)


def judge(call: Call, guards: Sequence[Guard]) -> str | None:
    """The reason to refuse a call; None where one of the roles in force lets it pass."""
    if not guards:
        return _no_role(call) if call.edits else None
    refusals = []
    for guard in guards:
        refusal = _refusal(call, guard)
        if refusal is None:
            return None
        refusals.append(refusal)
    return " ".join(refusals)


def refusal(reason: str) -> str:
    """The answer that refuses, as one line of ASCII."""
    decision = {"hookEventName": EVENT, "permissionDecision": "deny", "permissionDecisionReason": reason}
    return json.dumps({"hookSpecificOutput": decision})


def _object(data: bytes) -> dict[str, Any]:
    if len(data) > MAX_BYTES:
        raise Malformed(f"it is longer than {MAX_BYTES:,} bytes")
    try:
        message = json.loads(data.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise Malformed(f"it is not JSON in UTF-8: {error}") from None
    if not isinstance(message, dict):
        raise Malformed("it is not a JSON object")
    return message


def _targets(tool: str, asked: Mapping[str, Any]) -> list[Target]:
    if tool in _SEARCHES:
        return _searched(tool, asked)
    if tool not in _FILES:
        return []
    field, operation = _FILES[tool]
    found = [Target(_path(asked, field, tool), operation)]
    edits = asked.get("edits")
    parts = [one for one in edits if isinstance(one, dict) and field in one] if isinstance(edits, list) else []
    return found + [Target(_path(one, field, tool), operation) for one in parts]


def _searched(tool: str, asked: Mapping[str, Any]) -> list[Target]:
    """The folder that is searched: the one that is named, or where the words before the pattern's wildcards lead."""
    start = "." if asked.get("path") in (None, "") else _path(asked, "path", tool)
    pattern = asked.get("pattern")
    if tool != "Glob" or not isinstance(pattern, str):
        return [Target(start, "read", search=True)]
    parts = pattern.replace("\\", "/").split("/")
    plain = next((place for place, part in enumerate(parts) if _WILD & set(part)), len(parts))
    rest = "/".join(parts[plain:])
    if any(one in rest for one in ("..", "{/", ",/")):
        raise Malformed("its pattern leads elsewhere after a wildcard")
    prefix = "/".join(parts[:plain])
    wanted = prefix or "/" if pattern.startswith("/") else f"{start}/{prefix}"
    return [Target(wanted, "read", search=True)]


def _path(asked: Mapping[str, Any], field: str, tool: str) -> str:
    path = asked.get(field)
    if not isinstance(path, str):
        raise Malformed(f"{tool} names no file in {field}")
    return path


def _refusal(call: Call, guard: Guard) -> str | None:
    decision = guard.tool(call.tool)
    if not decision.allowed:
        return decision.reason
    for target in call.targets:
        decision = guard.path(target.path, target.operation, call.base, search=target.search)
        if not decision.allowed:
            return decision.reason
    return None


def _no_role(call: Call) -> str:
    return (
        f"No role is in force, so {call.tool} may change no file. Claim a task that has a role ('vespera claim --role"
        " ROLE'), or start the client with VESPERA_ROLE in its environment."
    )
