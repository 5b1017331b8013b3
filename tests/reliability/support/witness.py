"""The witness: holds the log against what clients were told, and against what subscribers saw."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path

from reliability.support.rest import Said
from reliability.support.workspaces import doctor_faults, events_of
from vespera_core.app.application import Vespera
from vespera_core.model.event import Event, chain_faults
from vespera_core.model.query import EventQuery

KINDS = {
    "create": "task.created", "update": "task.updated", "claim": "task.claimed", "complete": "task.completed",
    "comment": "task.commented",
}  # fmt: skip


def log_of(workspace: Path) -> tuple[list[Event], list[str]]:
    """The whole log, and what is wrong with the store and the log by themselves."""
    with Vespera.open(workspace, actor="witness") as ledger:
        log = events_of(ledger)
        with ledger.kernel.storage.read() as reader:
            faults = [f"chain: {one}" for one in chain_faults(reader.event_rows(EventQuery()))]
        return log, [*faults, *doctor_faults(ledger), *gaps(log)]


def gaps(log: Sequence[Event]) -> list[str]:
    """Numbers of the log, or versions of something in it, that do not follow each other."""
    faults = [f"event {event.seq} stands in place {place}" for place, event in enumerate(log, 1) if event.seq != place]
    versions: dict[tuple[str, str], int] = defaultdict(int)
    for event in log:
        entity = event.entity_type, event.entity
        versions[entity] += 1
        if event.entity_version != versions[entity]:
            faults.append(f"{event.entity} has version {event.entity_version} after {versions[entity] - 1}")
    return faults


def broken_promises(log: Sequence[Event], said: Iterable[Said]) -> list[str]:
    """Writes that were acknowledged and are lost, were done twice, or were refused and done all the same."""
    done: dict[str, list[Event]] = defaultdict(list)
    for event in log:
        done[str(event.context.get("request_id"))].append(event)
    return [fault for one in said for fault in _broken(one, done[one.key])]


def _broken(one: Said, events: list[Event]) -> Iterable[str]:
    own = [event for event in events if event.kind == KINDS[one.action]]
    what = f"{one.action} under {one.key}, sent {one.attempts} times and answered {one.answer.status}"
    if len(own) > 1:
        yield f"done {len(own)} times: {what}"
    if not one.answer.done:
        if events:
            yield f"refused, and done all the same: {what}"
        return
    nothing = one.action == "claim" and one.task is None
    if not own and not nothing:
        yield f"acknowledged, and lost: {what}"
    elif one.task is not None and (one.task["task_id"], one.task["version"]) not in _made(events):
        yield f"answered as version {one.task['version']} of {one.task['task_id']}, which it did not make: {what}"
    if one.expected is not None and one.task is not None and one.task["version"] != one.expected + 1:
        yield f"wrote over another version than {one.expected}: {what}"


def _made(events: Iterable[Event]) -> set[tuple[str, int]]:
    return {(event.entity, event.entity_version) for event in events}


def out_of_order(log: Sequence[Event], said: Iterable[Said]) -> list[str]:
    """Writes that stand in the log before others that had been answered before these were sent.

    The order of the log is the order in which the writes took effect. It is one that their clients can have seen
    (linearizability: Herlihy and Wing, 1990) if no write began after the answer to one that stands behind it.
    """
    known = {one.key: one for one in said if one.answer.done}
    faults, latest = [], None
    for event in log:
        one = known.get(str(event.context.get("request_id")))
        if one is None:
            continue
        if latest is not None and one.ended < latest.begun:
            faults.append(f"{one.key} was answered before {latest.key} was sent, and stands behind it")
        if latest is None or one.begun > latest.begun:
            latest = one
    return faults


def missed(log: Sequence[Event], name: str, seen: Sequence[int]) -> list[str]:
    """What a subscriber did not see exactly once and in order."""
    wanted = [event.seq for event in log]
    if list(seen) == wanted:
        return []
    lost = sorted(set(wanted) - set(seen))[:5]
    odd = [after for before, after in pairwise(seen) if after != before + 1][:5]
    return [f"{name} saw {len(seen)} of {len(wanted)} events; not {lost}; out of line at {odd}"]
