"""Installing: our server among the others of a client, and out again; all else in its file stays as it is."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any, Final

from vespera_core.app.guard import jsonfile
from vespera_core.app.guard.writing import backed_up
from vespera_core.model.record import record
from vespera_mcp.clients.kinds import NAME, Kind, Scope

INSTALLED, OUTDATED, BROKEN, ABSENT = "installed", "outdated", "broken", "absent"

_SUBCOMMAND: Final = "mcp"


@record(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a client stands: its file, the command in it, whether that is new, and what was kept of the file before.

    `state` is ``installed``, ``outdated`` where another command of ours stands there, ``broken`` where the program that
    it names is not there, or ``absent``.
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
    """What follows the program. In a project the client starts it there; elsewhere it serves whatever is named."""
    return (_SUBCOMMAND, "-C", str(root)) if scope == "project" else (_SUBCOMMAND,)


def look(kind: Kind, scope: Scope, root: Path) -> Standing:
    """How it stands; nothing is touched. Raises InvalidInput for a file that cannot be understood."""
    path = kind.file(scope, root)
    _, content = jsonfile.read(path)
    found = _servers(path, content, kind).get(NAME)
    wanted = kind.entry(program(), words_of(scope, root))
    command = _command(found)
    state = (
        ABSENT if found is None else BROKEN if not _is_there(command) else INSTALLED if found == wanted else OUTDATED
    )
    return Standing(client=kind.name, file=str(path), state=state, command=command)


def install(kind: Kind, scope: Scope, root: Path) -> Standing:
    """Write our server beside the others; a second time changes nothing. Raises InvalidInput, and Conflict."""
    path = kind.file(scope, root)
    text, content = jsonfile.read(path)
    wanted = kind.entry(program(), words_of(scope, root))
    servers = _servers(path, content, kind)
    command = _command(wanted)
    if servers.get(NAME) == wanted:
        return Standing(client=kind.name, file=str(path), state=INSTALLED, command=command)
    kept = backed_up(path) if text and NAME not in servers else None
    content.setdefault(kind.key, {})[NAME] = wanted
    jsonfile.write(path, text, content)
    return Standing(
        client=kind.name, file=str(path), state=INSTALLED, command=command, changed=True,
        kept=None if kept is None else str(kept),
    )  # fmt: skip


def remove(kind: Kind, scope: Scope, root: Path) -> Standing:
    """Take our server out. The list of servers stays, empty where it was alone: a file without one is an error."""
    path = kind.file(scope, root)
    text, content = jsonfile.read(path)
    servers = _servers(path, content, kind)
    if NAME not in servers:
        return Standing(client=kind.name, file=str(path), state=ABSENT)
    del servers[NAME]
    jsonfile.write(path, text, content)
    return Standing(client=kind.name, file=str(path), state=ABSENT, changed=True)


def _servers(path: Path, content: dict[str, Any], kind: Kind) -> dict[str, Any]:
    servers = content.get(kind.key, {})
    if not isinstance(servers, dict):
        raise jsonfile.unusable(path, f"{kind.key} is not in the shape that {kind.title} documents")
    return servers


def _command(entry: Any) -> tuple[str, ...]:
    if not isinstance(entry, dict):
        return ()
    given = entry.get("args", [])
    return (str(entry.get("command", "")), *map(str, given if isinstance(given, list) else ()))


def _is_there(command: tuple[str, ...]) -> bool:
    import shutil

    return bool(command) and shutil.which(command[0]) is not None
