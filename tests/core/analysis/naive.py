"""The same questions answered plainly and slowly, on a few tasks: what the real answers are compared with."""

from __future__ import annotations

from vespera_core.model.graph import GraphNode, Structure

from .graphs import NOW

Moment = tuple[str, int]


class Plain:
    """A structure without circles, with what a naive reader would note about it."""

    def __init__(self, given: Structure, minutes: dict[str, int] | None = None) -> None:
        self.by_id = {one.task_id: one for one in given.nodes}
        self.open = sorted(one.task_id for one in given.nodes if one.category != "closed")
        self.needs = {one: sorted(e.target for e in given.edges if e[:2] == (one, "depends_on")) for one in self.by_id}
        self.minutes = minutes or {one.task_id: 60 if one.estimate_minutes is None else one.estimate_minutes for one in given.nodes}  # noqa: E501  # fmt: skip
        self.kids = {one: [k for k in self.by_id if self.by_id[k].parent_id == one] for one in self.by_id}
        self.open_kids = {one: [k for k in self.kids[one] if k in self.open] for one in self.by_id}

    def node(self, one: str) -> GraphNode:
        return self.by_id[one]

    def own(self, one: str) -> int:
        return 0 if self.open_kids[one] else self.minutes[one]

    def ancestors(self, one: str) -> list[str]:
        found = []
        while (parent := self.by_id[one].parent_id) is not None:
            found.append(parent)
            one = parent
        return found

    def holder(self, one: str) -> str | None:
        return next((up for up in self.ancestors(one) if up in self.open), None)

    def waits(self) -> dict[Moment, list[Moment]]:
        """What each moment of open work waits for."""
        found: dict[Moment, list[Moment]] = {}
        for one in self.open:
            above = self.holder(one)
            found[one, 0] = [(d, 1) for d in self.needs[one] if d in self.open] + ([(above, 0)] if above else [])
            found[one, 1] = [(k, 1) for k in self.open_kids[one]] or [(one, 0)]
        return found

    def weight(self, moment: Moment) -> int:
        return self.own(moment[0]) if moment[1] else 0

    def earliest(self, floor: dict[str, int] | None = None, extra: dict[str, int] | None = None) -> dict[Moment, int]:
        """When each moment is over, by relaxation until nothing changes."""
        waits, at = self.waits(), {}
        for moment in waits:
            at[moment] = 0
        changed = True
        while changed:
            changed = False
            for moment, before in waits.items():
                begin = max([at[one] for one in before], default=0)
                if not moment[1]:
                    begin = max(begin, (floor or {}).get(moment[0], 0))
                new = begin + self.weight(moment) + ((extra or {}).get(moment[0], 0) if moment[1] else 0)
                if new != at[moment]:
                    at[moment], changed = new, True
        return at

    def latest(self, length: int) -> dict[Moment, int]:
        """The latest end of each moment, by relaxation from the end."""
        waits = self.waits()
        at = dict.fromkeys(waits, length)
        changed = True
        while changed:
            changed = False
            for moment, before in waits.items():
                for one in before:
                    new = min(at[one], at[moment] - self.weight(moment))
                    if new != at[one]:
                        at[one], changed = new, True
        return at

    def longest_chain(self) -> list[str]:
        """The working tasks of the longest chain, by enumerating every chain from the ends of work backwards."""
        waits = self.waits()
        awaited = {one for before in waits.values() for one in before}
        stack = [[end] for end in waits if end not in awaited]
        chains = []
        while stack:
            chain = stack.pop()
            stack += [[*chain, one] for one in waits[chain[-1]]]
            if not waits[chain[-1]]:
                chains.append(chain)
        if not chains:
            return []
        most = max(sum(map(self.weight, chain)) for chain in chains)
        best = min(chain for chain in chains if sum(map(self.weight, chain)) == most)
        return [one for one, end in reversed(best) if end and not self.open_kids[one]]

    def above(self, one: str) -> set[Moment]:
        """Every moment that the finish of a task waits for."""
        waits = self.waits()
        found, queue = set(), [(one, 1)]
        while queue:
            queue = [b for moment in queue for b in waits[moment] if b not in found]
            found.update(queue)
        return found

    def ready(self) -> set[str]:
        return {one for one in self.free() if self._due(one) and self.node(one).category == "todo"}

    def free(self) -> set[str]:
        return {one for one in self.open if self._unblocked(one)}

    def _blocked(self, one: str) -> bool:
        return any(d in self.open for d in self.needs[one])

    def _unblocked(self, one: str) -> bool:
        if self._blocked(one) or self.open_kids[one] or self.node(one).category == "held":
            return False
        ups = [up for up in self.ancestors(one) if up in self.open]
        return not any(self._blocked(up) or self.node(up).category == "held" for up in ups)

    def _due(self, one: str) -> bool:
        line = [one, *(up for up in self.ancestors(one) if up in self.open)]
        return all((self.node(each).defer_until or 0) <= NOW for each in line)

    def makespan(self, agents: int, capacities: dict[str, int] | None = None) -> int:
        """List scheduling, a minute at a time: longest remaining way first, work in progress before all."""
        waits, left = self.waits(), {}
        behind = self._behind()
        running: dict[Moment, int] = {}
        done: set[Moment] = set()
        caps = capacities or {}
        minute = 0
        left = {moment: self.weight(moment) for moment in waits}
        while len(done) < len(waits):
            for moment in [one for one in running if running[one] == minute]:
                del running[moment]
                done.add(moment)
            while free := [m for m in waits if m not in done and not left[m] and set(waits[m]) <= done]:
                done.update(free)
            can = sorted(
                (m for m in waits if m not in done and m not in running and set(waits[m]) <= done),
                key=lambda m: (self.node(m[0]).category != "active", -behind[m], m),
            )
            for moment in can:
                role = self.node(moment[0]).role
                busy = sum(self.node(m[0]).role == role for m in running)
                if len(running) < agents and not (role in caps and busy >= caps[role]):
                    running[moment] = minute + left[moment]
            minute += 1
        return minute - 1 if waits else 0

    def _behind(self) -> dict[Moment, int]:
        waits = self.waits()
        at = {moment: self.weight(moment) for moment in waits}
        for _ in waits:
            for moment, before in waits.items():
                for one in before:
                    at[one] = max(at[one], at[moment] + self.weight(one))
        return at
