"""Rules of the state machine: holding tasks, completing them, deleting them, taking steps back."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from vespera_core.app import requests as ask
from vespera_core.app.care.rebuild import stored
from vespera_testkit.machine.base import Base, actors, fences, flag, pick, roles, spans
from vespera_testkit.machine.twins import Outcome
from vespera_testkit.model.paper import Paper, Sheet
from vespera_testkit.world.clock import SECOND


class Holding(Base):
    """Claims and what is done under them."""

    @rule(number=pick, actor=actors, seconds=spans, human=flag)
    def claim(self, number: int, actor: str, seconds: int, human: bool) -> None:
        one = self.one(number)
        reasons = self.gone(one) | ({"archived"} if one.project in self.paper.archived else set())
        if one.task_id not in self.ready_now():
            reasons |= {"not_ready"} | ({"held"} if one.hold is not None else set())
        request = ask.ClaimTask(task_id=one.task_id, lease_seconds=seconds, human=human)
        self.taken(self.do("task.claim", request, actor, reasons), one, actor, seconds, human=human)

    @rule(
        actor=actors,
        role=roles,
        project=st.sampled_from((None, "mem", "web")),
        seconds=spans,
        human=st.sampled_from((False, False, True)),
    )
    def claim_any(self, actor: str, role: Any, project: Any, seconds: int, human: bool) -> None:
        chosen = self.best(role, project)
        request = ask.ClaimTask(role=role, project_id=project, lease_seconds=seconds, human=human)
        seen = self.do("task.claim", request, actor, set())
        if chosen is None:
            assert seen.answer.task is None
            assert seen.answer.fence is None
        else:
            assert seen.answer.task.task_id == chosen.task_id
            self.taken(seen, chosen, actor, seconds, human=human)

    def best(self, role: Any, project: Any) -> Sheet | None:
        """The task that a claim by selection must take."""
        for task_id in self.paper.ready(self.clock.at):
            one = self.paper.tasks[task_id]
            if role in (None, one.role) and project in (None, one.project):
                return one
        return None

    def taken(self, seen: Outcome, one: Sheet, actor: str, seconds: int, *, human: bool) -> None:
        """What a claim answers and does."""
        if seen.code is not None:
            return
        before = one.owner
        self.paper.take(one, actor, self.clock.at, seconds, human=human)
        answer = seen.answer
        assert (answer.fence, answer.lease_until, answer.reclaimed_from) == (one.fence, one.until, before)
        assert answer.task.fence == answer.fence

    @precondition(lambda self: any(one.hold for one in self.paper.tasks.values()))
    @rule(number=pick, actor=actors, word=fences, seconds=st.sampled_from((None, 5, 5000)), held=flag)
    def heartbeat(self, number: int, actor: str, word: str, seconds: Any, held: bool) -> None:
        one = self.holding(number, held)
        fence = self.fence_of(one, word)
        reasons = self.gone(one) | self.hold_reasons(one, actor, fence)
        version = self.versions[one.task_id]
        seen = self.do(
            "task.heartbeat", ask.Heartbeat(task_id=one.task_id, fence=fence, lease_seconds=seconds), actor, reasons
        )
        if seen.code is None:
            if one.hold == "worker":
                one.until = self.clock.at + (seconds or one.seconds or 900) * SECOND
                self.renewed = True
            assert seen.answer.task.version == version

    def holding(self, number: int, held: bool) -> Sheet:
        """A task, a held one if asked for."""
        found = [one for one in self.paper.tasks.values() if one.hold is not None]
        return found[number % len(found)] if held and found else self.one(number)

    def hold_reasons(self, one: Sheet, actor: str, fence: int | None) -> set[str]:
        """Why somebody is not its holder."""
        reasons = self.paper.guard(one, actor, fence, self.clock.at)
        if one.hold is None:
            reasons.add("conflict")
        elif fence is None and one.owner != actor:
            reasons.add("held")
        return reasons

    @precondition(lambda self: any(one.hold for one in self.paper.tasks.values()))
    @rule(number=pick, actor=actors, word=fences, force=st.sampled_from((False, False, True)), held=flag)
    def release(self, number: int, actor: str, word: str, force: bool, held: bool) -> None:
        one = self.holding(number, held)
        fence = self.fence_of(one, word)
        archived = {"archived"} if one.project in self.paper.archived else set()
        reasons = self.gone(one) | (archived if force else self.hold_reasons(one, actor, fence))
        request = ask.Release(task_id=one.task_id, fence=fence, force=force, reason="enough")
        seen = self.do("task.release", request, actor, reasons)
        if seen.code is None and one.hold is not None:
            self.paper.release(one)

    @precondition(lambda self: any(one.hold for one in self.paper.tasks.values()))
    @rule(number=pick, actor=actors, word=fences, step=st.integers(0, 3))
    def checkpoint(self, number: int, actor: str, word: str, step: int) -> None:
        one = self.holding(number, held=True)
        fence = self.fence_of(one, word)
        reasons = self.gone(one) | self.hold_reasons(one, actor, fence)
        request = ask.Checkpoint(task_id=one.task_id, state={"step": step}, fence=fence)
        seen = self.do("task.checkpoint", request, actor, reasons)
        if seen.code is None:
            self.wrote(one, seen, seen.answer.task, actor, fence)

    @rule(
        number=pick,
        actor=actors,
        word=fences,
        force=flag,
        then=st.sampled_from((False, False, True)),
        role=roles,
        keyed=flag,
    )
    def complete(self, number: int, actor: str, word: str, force: bool, then: bool, role: Any, keyed: bool) -> None:
        one = self.one(number)
        fence = self.fence_of(one, word)
        reasons = self.gone(one)
        if one.status == "completed":
            reasons |= set() if one.closed_by == actor else {"conflict"}
        else:
            reasons |= self.paper.guard(one, actor, fence, self.clock.at)
            reasons |= {"not_ready"} if not force and self.hindered(one) else set()
        request = ask.CompleteTasks(
            task_ids=(one.task_id,), fence=fence, force=force, claim_next=then, role=role, lease_seconds=60
        )
        self.made += 1
        key = f"key {self.made}" if keyed else None
        before = self.ready_now()
        seen = self.do("task.complete", request, actor, reasons, key=key)
        if seen.code is not None:
            return
        self.paper.move(one, "completed", actor)
        assert list(seen.answer.unblocked) == self.foreseen(before)
        if key is not None:
            self.kept.append(("task.complete", request, actor, key, self.clock.at, seen))
        self.next_one(seen, actor, role, asked=then)

    def next_one(self, seen: Outcome, actor: str, role: Any, *, asked: bool) -> None:
        """What was claimed in the same breath."""
        claimed, chosen = seen.answer.claimed, self.best(role, None)
        if not asked:
            assert claimed is None
        elif chosen is None:
            assert claimed.task is None
        else:
            assert claimed.task.task_id == chosen.task_id
            self.paper.take(chosen, actor, self.clock.at, 60, human=False)


class Ending(Base):
    """Deleting, restoring, undoing."""

    @rule(
        number=pick,
        actor=actors,
        recursive=flag,
        dry=st.sampled_from((False, False, True)),
        version=st.sampled_from((None, None, 0, 1)),
    )
    def delete(self, number: int, actor: str, recursive: bool, dry: bool, version: Any) -> None:
        one = self.one(number)
        live = [task_id for task_id in self.paper.branch(one.task_id) if not self.paper.tasks[task_id].deleted]
        reasons = self.gone(one) | ({"version_conflict"} if version else set())
        if not dry:
            reasons |= {"has_children"} if len(live) > 1 and not recursive else set()
            reasons = reasons.union(
                *(self.paper.guard(self.paper.tasks[each], actor, None, self.clock.at) for each in live)
            )
        expected = None if version is None else self.versions[one.task_id] + version
        request = ask.DeleteTask(task_id=one.task_id, recursive=recursive, dry_run=dry, expected_version=expected)
        seen = self.do("task.delete", request, actor, reasons)
        if seen.code is None:
            assert set(seen.answer.deleted) == set(live)
            if not dry:
                self.paper.delete(live)

    @precondition(lambda self: any(one.deleted for one in self.paper.tasks.values()))
    @rule(number=pick, actor=actors, gone=flag)
    def restore(self, number: int, actor: str, gone: bool) -> None:
        deleted = [one for one in self.paper.tasks.values() if one.deleted]
        one = deleted[number % len(deleted)] if gone else self.one(number)
        back = self.paper.batch_of(one) if one.deleted else []
        reasons = {"archived"} if one.deleted and one.project in self.paper.archived else set()
        reasons |= {"refused"} if back is None else set()
        seen = self.do("task.restore", ask.TaskRef(task_id=one.task_id), actor, reasons)
        if seen.code is None:
            assert set(seen.answer.restored) == set(back or ())
            self.paper.restore(back or ())

    @rule(back=st.integers(0, 12), actor=actors)
    def undo(self, back: int, actor: str) -> None:
        """The twins must agree; then the model believes what they say."""
        last = self.twins.call("system.stats", ask.Nothing()).answer.events
        seen = self.do("event.undo", ask.UndoEvent(event=str(max(last - back, 1))), actor, None)
        if seen.code is None:
            self.believe()

    def believe(self) -> None:
        """Take the model from the store."""
        with self.twins.memory.kernel.storage.read() as reader:
            projects, tasks, _ = stored(reader)
        ordered = [tasks[one] for one in self.paper.tasks]
        batches = {one.task_id: one.delete_batch for one in ordered if one.delete_batch is not None}
        self.paper.adopt(Paper.of(projects.values(), ordered), batches)
        self.renewed = True
