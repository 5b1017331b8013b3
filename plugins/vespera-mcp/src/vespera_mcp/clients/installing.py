"""Installing: our server among the others of a client, and out again; all else in its file stays as it is."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any, Final, TypeGuard

from vespera_core.app.guard import jsonfile
from vespera_core.app.guard.writing import backed_up
from vespera_core.errors import InvalidInput
from vespera_core.model.record import record
from vespera_mcp.clients.kinds import NAME, Kind, Scope

INSTALLED, OUTDATED, BROKEN, ABSENT = "installed", "outdated", "broken", "absent"

_SUBCOMMAND: Final = "mcp"


@record(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a client stands: its file, the command in it, whether that is new, and what was kept of the file before.

    `state` is ``installed``, ``outdated`` where something else stands there under our name, ``broken`` where the
    program that it names is not there, or ``absent``.
    """

    client: str
    file: str
    state: str
    command: tuple[str, ...] = ()
    changed: bool = False
    kept: str | None = None


def program() -> str:
    """The whole path of this installation's `vespera`: a client's search path is rarely that of a shell."""
    return os.path.join(os.path.dirname(sys.executable), "vespera")  # noqa: PTH118, PTH120


def words_of(scope: Scope, root: Path) -> tuple[str, ...]:
    """What follows the program. A project's server is told its folder, for clients start it in whatever one they like;
    a user's has none of its own, and serves the one that it is started in, or that a call names."""
    return (_SUBCOMMAND, "-C", str(root)) if scope == "project" else (_SUBCOMMAND,)


def look(kind: Kind, scope: Scope, root: Path) -> Standing:
    """How it stands; nothing is touched. Raises InvalidInput for a file that cannot be understood."""
    path = kind.file(scope, root)
    _, content = jsonfile.read(path)
    found = _servers(path, content, kind).get(NAME)
    wanted = kind.entry(program(), words_of(scope, root))
    return Standing(client=kind.name, file=str(path), state=_state(found, wanted), command=_command(found))


def _state(found: Any, wanted: dict[str, Any]) -> str:
    if found is None:
        return ABSENT
    if not _is_command(found):
        return OUTDATED
    return BROKEN if not _is_there(found["command"]) else INSTALLED if _says(found, wanted) else OUTDATED


def install(kind: Kind, scope: Scope, root: Path) -> Standing:
    """Write our server beside the others; a second time changes nothing.

    What a person added to our entry, variables say, stays in it. Raises InvalidInput, which says what to add by hand,
    and Conflict.
    """
    path = kind.file(scope, root)
    wanted = kind.entry(program(), words_of(scope, root))
    try:
        text, content = jsonfile.read(path)
        found = _servers(path, content, kind).get(NAME)
    except InvalidInput as error:
        raise _by_hand(error, path, kind, wanted) from None
    command = _command(wanted)
    if _is_command(found) and _says(found, wanted):
        return Standing(client=kind.name, file=str(path), state=INSTALLED, command=command)
    kept = backed_up(path) if text else None
    content.setdefault(kind.key, {})[NAME] = {**found, **wanted} if _is_command(found) else wanted
    jsonfile.write(path, text, content)
    return Standing(
        client=kind.name, file=str(path), state=INSTALLED, command=command, changed=True,
        kept=None if kept is None else str(kept),
    )  # fmt: skip


def remove(kind: Kind, scope: Scope, root: Path) -> Standing:
    """Take our server out; what is no command is not ours. The list stays: a file without one is an error."""
    path = kind.file(scope, root)
    text, content = jsonfile.read(path)
    servers = _servers(path, content, kind)
    if NAME not in servers:
        return Standing(client=kind.name, file=str(path), state=ABSENT)
    if not _is_command(servers[NAME]):
        return Standing(client=kind.name, file=str(path), state=OUTDATED)
    del servers[NAME]
    jsonfile.write(path, text, content)
    return Standing(client=kind.name, file=str(path), state=ABSENT, changed=True)


def _servers(path: Path, content: dict[str, Any], kind: Kind) -> dict[str, Any]:
    servers = content.get(kind.key, {})
    if not isinstance(servers, dict):
        raise jsonfile.unusable(path, f"{kind.key} is not in the shape that {kind.title} documents")
    return servers


def _by_hand(error: InvalidInput, path: Path, kind: Kind, wanted: dict[str, Any]) -> InvalidInput:
    line = json.dumps({NAME: wanted}, ensure_ascii=False)[1:-1]
    return InvalidInput(
        error.message, path=str(path),
        next=f'Correct it in an editor and repeat the command, or add to "{kind.key}" by hand: {line}',
    )  # fmt: skip


def _is_command(entry: Any) -> TypeGuard[dict[str, Any]]:
    """Whether an entry starts a program, as ours does; one that names an address, say, is somebody else's."""
    return isinstance(entry, dict) and isinstance(entry.get("command"), str)


def _says(found: dict[str, Any], wanted: dict[str, Any]) -> bool:
    return {**found, **wanted} == found


def _command(entry: Any) -> tuple[str, ...]:
    if not _is_command(entry):
        return ()
    given = entry.get("args", [])
    return (entry["command"], *map(str, given if isinstance(given, list) else ()))


def _is_there(program: str) -> bool:
    import shutil

    return shutil.which(program) is not None
