"""Care: is everything as it should be, and is there a copy of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from vespera_core.app.answers import BackupAnswer, DoctorAnswer
from vespera_core.app.care.rebuild import Entities, facts, replay, stored
from vespera_core.app.care.sealed import key_finding, secret_faults
from vespera_core.app.requests import BackupFile, Nothing
from vespera_core.app.rules.readiness import initial_readiness
from vespera_core.app.session import Session
from vespera_core.app.tasks.relations import cycles
from vespera_core.errors import PermissionDenied, Refused
from vespera_core.model.basics import check_text
from vespera_core.model.event import chain_faults
from vespera_core.model.query import EventQuery
from vespera_core.model.readiness import Readiness, readiness_of
from vespera_core.ports.access import Caller
from vespera_core.ports.storage import Finding, Reader

if TYPE_CHECKING:
    from vespera_core.app.kernel import Kernel

_SHOWN = 5


def doctor(kernel: Kernel, _request: Nothing, _caller: Caller) -> DoctorAnswer:
    """Check the file, the chain of the log, that the log leads to the state, and that readiness follows from it."""
    findings = list(kernel.storage.check())
    with kernel.storage.read() as reader:
        findings.append(_looked("log chain", lambda: list(chain_faults(reader.event_rows(EventQuery())))))
        findings.append(_looked("log leads to state", lambda: _replay_faults(reader)))
        findings.append(_looked("readiness", lambda: _readiness_faults(reader, kernel.clock())))
        findings.append(_looked("sealed secrets", lambda: secret_faults(reader)))
        findings.append(_looked("cycles", lambda: _cycle_faults(reader, kernel.clock())))
    if kernel.settings is not None:  # a backup that is looked at before it is restored has no keys beside it
        findings.append(key_finding(kernel))
    if kernel.folder is not None:
        from vespera_core.app.care.derived import derived_findings

        findings.extend(derived_findings(kernel))
    findings.extend(
        Finding(
            f"plugin {status.name}",
            "ok" if status.status in ("loaded", "blocked") else "warning",
            status.reason or status.status,
        )
        for status in kernel.plugins.statuses
    )
    return DoctorAnswer(all(one.severity != "damage" for one in findings), tuple(findings))


def _looked(check: str, look: Callable[[], list[str]]) -> Finding:
    """A check that damage may break: then that is what it found."""
    try:
        return _finding(check, look())
    except Exception as error:
        return Finding(check, "damage", f"cannot be checked: {type(error).__name__}: {str(error)[:200]}")


def _finding(check: str, faults: list[str]) -> Finding:
    more = f" (and {len(faults) - _SHOWN} more)" if len(faults) > _SHOWN else ""
    text = "; ".join(faults[:_SHOWN]) + more
    return Finding(check, "damage" if faults else "ok", text or "as it should be")


def _replay_faults(reader: Reader) -> list[str]:
    there, tasks, entities = stored(reader)
    projects, replayed, told = replay(reader)
    faults = [
        f"project {one} differs from its events"
        for one in sorted(there | projects)
        if there.get(one) != projects.get(one)
    ]
    for one in sorted(tasks.keys() | replayed.keys()):
        if one not in tasks or one not in replayed:
            faults.append(f"task {one} is only in the {'log' if one in replayed else 'table'}")
        elif facts(tasks[one]) != facts(replayed[one]):
            faults.append(f"task {one} differs from its events")
    return faults + _entity_faults(entities, told)


def _entity_faults(there: Entities, told: Entities) -> list[str]:
    """Entities as they stand and as their events tell of them."""
    return [
        f"{' '.join(key)} is only in the {'log' if key in told else 'table'}"
        if key not in there or key not in told
        else f"{' '.join(key)} differs from its events"
        for key in sorted(there.keys() | told.keys())
        if there.get(key) != told.get(key)
    ]


def _readiness_faults(reader: Reader, now: int) -> list[str]:
    """Kept readiness records that differ from a fresh computation."""
    wrong = readiness_changes(reader, now)
    kept = reader.readiness(sorted(wrong))
    return [f"task {one} is kept as {kept.get(one)}, should be {fresh}" for one, fresh in wrong.items()]


def readiness_changes(reader: Reader, now: int) -> dict[str, Readiness]:
    """Readiness records as they should be, of those tasks whose kept ones differ, by id."""
    tasks = stored(reader).tasks
    session = Session(reader, Caller(actor="doctor"), now)
    bare = {one: readiness_of(task, session.category(task)) for one, task in tasks.items()}
    fresh = initial_readiness(bare, lambda one: tasks[one].depends_on, reader.readiness)
    kept = reader.readiness(sorted(tasks))
    return {one: fresh[one] for one in sorted(fresh) if kept.get(one) != fresh[one]}


def _cycle_faults(reader: Reader, now: int) -> list[str]:
    found = cycles(Session(reader, Caller(actor="doctor"), now), Nothing())
    return [" -> ".join(cycle) for cycle in found.cycles]


def backup(kernel: Kernel, request: BackupFile, caller: Caller) -> BackupAnswer:
    """Write a complete, verified copy to a new file; an existing one is never overwritten.

    A copy holds every project: whoever is held to some gets none. Raises PermissionDenied, Refused.
    """
    if caller.within is not None:
        raise PermissionDenied(
            f"{caller.actor} may not copy the store, which holds other projects too.", policy="builtin",
            action="system.backup",
        )  # fmt: skip
    target = Path(check_text("path", request.path)).absolute()
    if target.exists():
        raise Refused(
            f"{target} exists; a backup never overwrites a file.", next="Name a file that does not exist yet."
        )
    kernel.storage.backup(target)
    return BackupAnswer(str(target), target.stat().st_size)
