"""Working: an agent takes what is ready, works on it as agents do, and goes on until everything is done."""

from __future__ import annotations

import threading
from itertools import count
from typing import Final, NamedTuple

from bench.agents.agent import Agent, Said, suggested, told_fence, told_hold, told_ids

PATIENCE: Final = 60
"""Seconds until an agent with nothing to do says that the others have died."""


class Held(NamedTuple):
    """A task that is worked on."""

    task_id: str
    fence: int


class Bell:
    """Rings when something was completed, so that agents with nothing to do need not ask again and again."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._rung = 0

    def heard(self) -> int:
        """How often it has rung."""
        return self._rung

    def ring(self) -> None:
        with self._changed:
            self._rung += 1
            self._changed.notify_all()

    def wait(self, heard: int) -> None:
        """Until it has rung more often than that. Raises TimeoutError."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._rung > heard, PATIENCE):
                raise TimeoutError("nobody completed anything")


class Worker:
    """One agent's way of working; which of the ways to take a task it uses changes from turn to turn."""

    def __init__(self, agent: Agent, bell: Bell, turn: int) -> None:
        self._agent = agent
        self._bell = bell
        self._turns = count(turn)
        self.completed: list[Held] = []
        self.remarks: list[tuple[str, str]] = []

    def work(self) -> None:
        """Until no task is open any more."""
        while True:
            heard = self._bell.heard()
            held = self._take(next(self._turns))
            while held is not None:
                held = self._done(held, take_next=next(self._turns) % 3 == 0)
            if self._agent.do("list_tasks", open=True, limit=1).startswith("0 "):
                return
            if self._agent.do("ready_tasks", limit=1).startswith("0 "):
                self._bell.wait(heard)

    def _take(self, turn: int) -> Held | None:
        """The most urgent task, or one that was seen to be ready, which others may have seen as well."""
        if turn % 2:
            return _held(self._agent.do("execute_task", budget=600))
        seen = told_ids(self._agent.do("ready_tasks", limit=3))
        return None if not seen else self._claimed(seen[turn // 2 % len(seen)])

    def _claimed(self, task_id: str) -> Held | None:
        said = self._agent.call("hold_task", {"action": "claim", "task_id": task_id})
        while said.is_error:
            said = self._followed(said)
        return _held(said.text)

    def _followed(self, said: Said) -> Said:
        """What comes of doing as the hint says."""
        call = suggested(said.hint)
        if call is None:
            raise RuntimeError(f"{self._agent.name} is told nothing to do: {said.text}")
        return self._agent.call(*call)

    def _done(self, held: Held, *, take_next: bool) -> Held | None:
        """Work on a task and complete it; the task that was taken along with that."""
        do, remark = self._agent.do, f"Done by {self._agent.name} under fence {held.fence}."
        known = {"task_id": held.task_id, "fence": held.fence}
        do("get_task", task_id=held.task_id)
        do("hold_task", action="checkpoint", state={"next": "Check it", "by": self._agent.name}, **known)
        do("comment_task", task_id=held.task_id, text=remark)
        self.remarks.append((held.task_id, remark))
        do("hold_task", action="heartbeat", **known)
        how = {"command": "make check", "exit_code": 0, "reason": "It is as the title says."}
        said = do("complete_task", **known, **how, **({"claim_next": True} if take_next else {}))
        self.completed.append(held)
        self._bell.ring()
        return _held(said)


def _held(text: str) -> Held | None:
    task_id, fence = told_hold(text), told_fence(text)
    return None if task_id is None or fence is None else Held(task_id, fence)
