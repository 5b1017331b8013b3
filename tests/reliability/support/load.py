"""A random write load through the public API that acknowledges what it has done, and the checker of what it said."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from random import Random
from threading import Thread
from typing import Any

from reliability.support.processes import Send
from reliability.support.workspaces import raw
from vespera_core.app.application import Vespera
from vespera_core.app.care.rebuild import facts, stored
from vespera_core.errors import Conflict, Refused, VesperaError
from vespera_core.model.event import chain_faults
from vespera_core.model.jsontext import canonical
from vespera_core.model.query import EventQuery
from vespera_core.model.replay import fold_task
from vespera_core.model.task import Task
from vespera_core.ports.storage import Reader

WORDS = ("anchor", "beacon", "compass", "drift", "ember", "fathom", "gale", "harbour", "island", "jetty")
KEYED = "keyed "
"""How the titles of tasks begin that were made with an idempotency key; the rest of the title is the key."""

THREADS = 4


def digest_of(task: Task) -> str:
    """A short sum over everything that counts as a task's state."""
    return sha256(canonical(facts(task)).encode()).hexdigest()[:16]


def keyed_fields(key: str) -> dict[str, Any]:
    """The same request for the same key, so that it can be repeated after a crash."""
    return {"title": KEYED + key, "description": f"made under {key}", "idempotency_key": key}


def run_load(
    folder: Path,
    seed: int,
    known: Sequence[str],
    send: Send,
    *,
    early: bool = False,
    threads: int = THREADS,
    steps: int = 0,
) -> None:
    """Write from several threads at once until killed, or `steps` times each where that is given.

    `early` is the planted bug of the kill suite: acknowledge before writing.
    """
    with Vespera.open(folder, actor="load") as ledger:
        send(["open"])
        loads = [
            _Load(ledger, Random(f"{seed}:{number}"), f"{seed}-{number}", list(known), send, early)
            for number in range(threads)
        ]
        running = [Thread(target=load.run, args=(steps,)) for load in loads]
        for thread in running:
            thread.start()
        for thread in running:
            thread.join()


class _Load:
    """One thread's share of the load."""

    def __init__(self, ledger: Vespera, rng: Random, name: str, known: list[str], send: Send, early: bool) -> None:
        self._ledger = ledger.acting_as(f"load-{name}")
        self._shared = ledger.acting_as("load")
        self._rng = rng
        self._name = name
        self._ids = known
        self._held: list[tuple[str, int]] = []
        self._send = send
        self._early = early
        self._count = 0

    def run(self, steps: int) -> None:
        choices: list[tuple[Callable[[], None], int]] = [
            (self._create, 30), (self._update, 20), (self._claim, 12), (self._complete, 10), (self._depend, 12),
            (self._comment, 8), (self._tree, 5), (self._move, 5), (self._delete, 3), (self._heartbeat, 3),
        ]  # fmt: skip
        while not steps or self._count < steps:
            self._count += 1
            (action,) = self._rng.choices([one for one, _ in choices], [weight for _, weight in choices])
            self._attempt(action)

    def _attempt(self, action: Callable[[], None]) -> None:
        try:
            action()
        except (Refused, Conflict):
            pass  # rules that say no are part of the load: they roll back inside a shared transaction
        except VesperaError as error:
            if error.exit_code != 3:  # another thread deleted it
                self._send(["broken", f"{type(error).__name__}: {error.message}"[:500]])
        except BaseException as error:
            self._send(["broken", f"{type(error).__name__}: {error}"[:500]])
            raise

    def _text(self) -> str:
        return " ".join(self._rng.choices(WORDS, k=self._rng.randint(2, 8)))

    def _any(self) -> str:
        return self._rng.choice(self._ids[-60:]) if self._ids else self._make_first()

    def _make_first(self) -> str:
        self._create()
        return self._ids[-1]

    def _acknowledge(self, tasks: Iterable[Task]) -> None:
        batch = getattr(self._ledger.kernel.storage, "_writer")._last_batch  # noqa: B009 - the port knows no writer
        self._send(["batch", batch])
        for task in tasks:
            self._send(["ack", task.task_id, task.version, digest_of(task)])

    def _create(self) -> None:
        key = f"{self._name}-{self._count}"
        self._send(["try", key])
        if self._early:
            self._send(["made", key, ""])
        task = self._shared.tasks.create_task(**keyed_fields(key))
        self._ids.append(task.task_id)
        self._acknowledge((task,))
        self._send(["made", key, task.task_id])

    def _update(self) -> None:
        name = self._rng.choice(("title", "notes", "description", "acceptance_criteria"))
        changes: dict[str, Any] = {name: self._text(), "priority": self._rng.choice(("low", "high", "critical"))}
        self._acknowledge((self._ledger.tasks.update_task(self._any(), **changes),))

    def _claim(self) -> None:
        answer = self._ledger.tasks.claim(lease_seconds=self._rng.choice((1, 60)))
        if answer.task is not None and answer.fence is not None:
            self._held.append((answer.task.task_id, answer.fence))
            self._acknowledge((answer.task,))

    def _complete(self) -> None:
        if self._held:
            task_id, fence = self._held.pop(0)
            self._acknowledge(self._ledger.tasks.complete_task(task_id, fence=fence, reason=self._text()).tasks)

    def _heartbeat(self) -> None:
        if self._held:
            task_id, fence = self._held[-1]
            answer = self._ledger.tasks.heartbeat(task_id, fence=fence)
            self._send(["lease", task_id, fence, answer.lease_until])

    def _depend(self) -> None:
        one, other = self._any(), self._any()
        if one != other:
            self._acknowledge((self._ledger.tasks.add_dependency(one, other),))

    def _comment(self) -> None:
        task_id, text = self._any(), f"{self._name}-{self._count} {self._text()}"
        self._ledger.tasks.comment(task_id, text)
        self._send(["comment", task_id, text])

    def _tree(self) -> None:
        leaves = [{"title": self._text(), "key": f"k{n}", "depends_on": [f"k{n - 1}"] if n else []} for n in range(4)]
        tasks = self._ledger.tasks.create_task_tree({"title": self._text(), "type": "epic", "children": leaves})
        self._acknowledge(tasks)
        self._ids.extend(task.task_id for task in tasks)

    def _move(self) -> None:
        move = self._rng.choice((self._ledger.tasks.block, self._ledger.tasks.reopen, self._ledger.tasks.cancel))
        self._acknowledge((move(self._any(), reason=self._text()),))

    def _delete(self) -> None:
        self._ledger.tasks.delete_task(self._any(), recursive=self._rng.random() < 0.5)


@dataclass
class Mirror:
    """What the log says so far, folded by the parent; compares each new stretch with what was acknowledged."""

    tasks: dict[str, Task] = field(default_factory=dict)
    rows: dict[str, Task] = field(default_factory=dict)
    versions: dict[tuple[str, int], str] = field(default_factory=dict)
    comments: set[tuple[str, str]] = field(default_factory=set)
    made: dict[str, list[str]] = field(default_factory=dict)
    seq: int = 0

    def faults(self, ledger: Vespera, said: Sequence[Any]) -> list[str]:
        """Everything that is not as the acknowledgements and the log itself demand."""
        with ledger.kernel.storage.read() as reader:
            faults = [f"chain: {one}" for one in chain_faults(reader.event_rows(EventQuery()))]
            faults += self._catch_up(reader, [line[1:] for line in said if line[0] == "ack"])
            faults += self._state_faults(reader)
        return faults + self._said_faults(said)

    def _catch_up(self, reader: Reader, acks: Sequence[Sequence[Any]]) -> list[str]:
        """Fold the new events; each acknowledged version must be in the log, with the content that was answered.

        A write that changes nothing answers a version that an earlier life of the load may have made.
        """
        for event in reader.events(EventQuery(after_seq=self.seq)):
            self.seq = event.seq
            if event.entity_type == "task":
                task = self.tasks[event.entity] = fold_task(self.tasks.get(event.entity), event)
                self.versions[event.entity, event.entity_version] = digest_of(task)
                self._note(event.kind, event.entity, event.payload)
        return [
            f"{one} version {version} was acknowledged and is lost, or is not what was answered"
            for one, version, digest in acks
            if self.versions.get((one, version)) != digest
        ]

    def _note(self, kind: str, entity: str, payload: dict[str, Any]) -> None:
        if kind == "task.commented":
            self.comments.add((entity, payload["text"]))
        if kind == "task.created" and payload["task"]["title"].startswith(KEYED):
            self.made.setdefault(payload["task"]["title"].removeprefix(KEYED), []).append(entity)

    def _state_faults(self, reader: Reader) -> list[str]:
        """The rows must be exactly what the events lead to: nothing is half-written."""
        self.rows = stored(reader).tasks
        known = self.rows.keys() | self.tasks.keys()
        odd = [one for one in known if _facts(self.rows, one) != _facts(self.tasks, one)]
        return [f"{one}: the row and the events differ" for one in sorted(odd)]

    def _said_faults(self, said: Sequence[Any]) -> list[str]:
        faults = [f"the load broke: {line[1]}" for line in said if line[0] == "broken"]
        for line in said:
            if line[0] == "comment" and (line[1], line[2]) not in self.comments:
                faults.append(f"the comment {line[2]!r} was acknowledged and is lost")
            if line[0] == "made" and (line[1] not in self.made or line[2] not in ("", *self.made[line[1]])):
                faults.append(f"the task made under {line[1]} was acknowledged and is lost")
            if line[0] == "lease" and not self._keeps_lease(*line[1:]):
                faults.append(f"the heartbeat of {line[1]} was acknowledged and is lost")
        return faults + [f"the key {key} made {ids}" for key, ids in self.made.items() if len(ids) != 1]

    def _keeps_lease(self, task_id: str, fence: int, until: int) -> bool:
        task = self.rows[task_id]
        if task.fence != fence or task.hold_kind is None:
            return True
        return task.lease_until is not None and task.lease_until >= until

    def key_faults(self, workspace: Path) -> list[str]:
        """Every keyed task has its remembered answer, and every remembered answer its task."""
        with raw(workspace) as connection:
            kept = connection.execute("SELECT key, result FROM idempotency").fetchall()
        answered = {key: json.loads(result)["task"]["task_id"] for key, result in kept}
        made = {key: ids[0] for key, ids in self.made.items()}
        known = sorted(answered.keys() | made.keys())
        return [f"the key {one} and its task differ" for one in known if answered.get(one) != made.get(one)]


def _facts(tasks: dict[str, Task], one: str) -> list[object] | None:
    return facts(tasks[one]) if one in tasks else None


def repeat_unanswered(ledger: Vespera, mirror: Mirror, said: Sequence[Any], rng: random.Random) -> list[str]:
    """Repeat keyed requests after the crash, as a client does that got no answer: each takes effect once."""
    keys = [line[1] for line in said if line[0] == "try"]
    answered = {line[1] for line in said if line[0] == "made"}
    chosen = [one for one in keys if one not in answered] + rng.sample(sorted(answered), min(2, len(answered)))
    faults = []
    for key in chosen:
        task = ledger.acting_as("load").tasks.create_task(**keyed_fields(key))
        if key in mirror.made and mirror.made[key] != [task.task_id]:
            faults.append(f"the key {key} answered {task.task_id} after the crash, {mirror.made[key]} before")
    return faults
