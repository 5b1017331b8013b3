"""A project's health: what is wrong with its open work, how much that weighs, and which tasks it is about.

A project starts with 100 points. Each complaint costs points up to its limit, in proportion to the share of the open
tasks (or of the work) that it is about. Limits say what threatens a plan most: dates and circles first.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np

from vespera_core.analysis.cycles import audit_cycles
from vespera_core.analysis.durations import DEFAULT, HISTORY, durations_of
from vespera_core.analysis.flow import flow_of
from vespera_core.analysis.network import Network
from vespera_core.analysis.ready import Standing, standing
from vespera_core.analysis.results import Health, HealthReason
from vespera_core.errors import InvalidInput
from vespera_core.model.basics import SECOND, Micros
from vespera_core.model.workflow import CANCELLED

LIMITS: Final = {
    "overdue": 30,
    "circles": 30,
    "nothing_ready": 20,
    "blocked": 15,
    "stale": 15,
    "throughput": 15,
    "bottleneck": 10,
    "unestimated": 10,
    "no_role": 5,
}
"""The most points that a complaint costs."""

GOOD: Final = 80
FAIR: Final = 50
TREND_DAYS: Final = 14
_DAY: Final = 86_400 * SECOND
_SHOWN: Final = 5
_USUAL_BLOCKED: Final = 0.5
_FEWEST_CLOSED: Final = 3


def health(network: Network, now: Micros, project_id: str | None = None, *, stale_days: int = 7) -> Health:
    """The health of a project, or of the whole ledger for None.

    Work in progress is stale `stale_days` after it was started: a structure does not tell of later movement. Raises
    InvalidInput for fewer than one day.
    """
    if stale_days < 1:
        raise InvalidInput("stale_days must be 1 or more.", field="stale_days")
    mine = network.of_project(project_id)
    opened = np.flatnonzero(mine & network.open).tolist()
    stands = standing(network, now)
    found = _reasons(network, now, project_id, stale_days, opened, stands) if opened else []
    reasons = sorted((one for one in found if one is not None), key=lambda one: (-one.penalty, one.kind))
    score = max(100 - sum(one.penalty for one in reasons), 0)
    return Health(
        project_id=project_id,
        score=score,
        level=_level(score, int(mine.sum()), len(opened)),
        tasks=int(mine.sum()),
        open_tasks=len(opened),
        ready_tasks=int((stands.ready & mine).sum()),
        reasons=tuple(reasons),
    )


def _level(score: int, tasks: int, opened: int) -> str:
    if not opened:
        return "done" if tasks else "empty"
    return "good" if score >= GOOD else "fair" if score >= FAIR else "poor"


def _reasons(
    network: Network, now: Micros, project_id: str | None, stale_days: int, opened: list[int], stands: Standing
) -> list[HealthReason | None]:
    nodes = network.nodes
    leaves = [at for at in opened if not flow_of(network).container[at]]
    stale = [at for at in opened if _stale(network, at, now, stale_days)]
    active = [at for at in opened if nodes[at].category == "active"]
    guessed = [at for at in leaves if durations_of(network).source[at] in (HISTORY, DEFAULT)]
    due = [(now_due, at) for at in opened if (now_due := nodes[at].due_at) is not None and now_due < now]
    overdue = [at for _, at in sorted(due)]
    return [
        _share(network, "overdue", "{0} of {1} open tasks are past their due date.", overdue, opened, scale=3.0),
        _circles(network, project_id),
        _nothing_ready(network, opened, stands),
        _blocked(network, opened, stands),
        _share(network, "stale", f"{{0}} of {{1}} tasks in progress began over {stale_days} days ago.", stale, active),
        _throughput(network, now, project_id),
        _bottleneck(network, project_id, leaves),
        _share(network, "unestimated", "{0} of {1} open tasks have no estimate.", guessed, leaves),
        _share(network, "no_role", "{0} of {1} open tasks name no role.", _without_role(network, leaves), leaves),
    ]


def _reason(network: Network, kind: str, message: str, share: float, about: Iterable[int]) -> HealthReason | None:
    """A complaint that costs this share of its limit (all of it at most, a point at least); None for a share of 0."""
    numbers = list(about)
    if share <= 0:
        return None
    return HealthReason(
        kind=kind,
        message=message,
        penalty=max(round(LIMITS[kind] * min(share, 1.0)), 1),
        count=len(numbers),
        task_ids=network.names(numbers[:_SHOWN]),
    )


def _share(
    network: Network, kind: str, message: str, about: list[int], of: list[int], *, scale: float = 1.0
) -> HealthReason | None:
    """A complaint about a share of tasks; with a `scale` of 3, a third of them costs all points."""
    share = scale * len(about) / len(of) if of else 0.0
    return _reason(network, kind, message.format(len(about), len(of)), share, about)


def _stale(network: Network, at: int, now: Micros, days: int) -> bool:
    node = network.nodes[at]
    return node.category == "active" and node.started_at is not None and now - node.started_at > days * _DAY


def _without_role(network: Network, leaves: list[int]) -> list[int]:
    return [at for at in leaves if network.nodes[at].role is None]


def _circles(network: Network, project_id: str | None) -> HealthReason | None:
    tied = {one for circle in audit_cycles(network).circles for one in circle.task_ids}
    about = sorted(network.number_of[one] for one in tied)
    about = [at for at in about if network.open[at] and project_id in (None, network.nodes[at].project_id)]
    message = f"{len(about)} open tasks wait for themselves in circles: they can never become ready."
    return _reason(network, "circles", message, float(bool(about)), about)


def _nothing_ready(network: Network, opened: list[int], stands: Standing) -> HealthReason | None:
    moving = any(stands.ready[at] or network.nodes[at].category == "active" for at in opened)
    message = "No task is ready and none is in progress: nobody can go on."
    return _reason(network, "nothing_ready", message, 0.0 if moving else 1.0, () if moving else opened)


def _blocked(network: Network, opened: list[int], stands: Standing) -> HealthReason | None:
    """Waiting is what plans are made of: only what goes beyond half of the open tasks counts, and manual blocks do."""
    waiting = [at for at in opened if stands.blockers[at] or stands.held[at]]
    held = [at for at in opened if network.nodes[at].category == "held"]
    share = max(len(waiting) / len(opened) - _USUAL_BLOCKED, 0) / (1 - _USUAL_BLOCKED) + len(held) / len(opened)
    message = f"{len(waiting)} of {len(opened)} open tasks wait for others; {len(held)} are held by hand."
    return _reason(network, "blocked", message, share, sorted({*held, *waiting}, key=lambda at: (at not in held, at)))


def _throughput(network: Network, now: Micros, project_id: str | None) -> HealthReason | None:
    """Fewer closed in the last two weeks than in the two before, where these closed three at least."""
    closed = [
        (node.closed_at, at)
        for at, node in enumerate(network.nodes)
        if node.closed_at is not None
        and not node.open
        and node.status != CANCELLED
        and project_id in (None, node.project_id)
    ]
    span = TREND_DAYS * _DAY
    recent = [at for moment, at in sorted(closed, reverse=True) if now - span < moment <= now]
    earlier = sum(now - 2 * span < moment <= now - span for moment, _ in closed)
    share = 1 - len(recent) / earlier if earlier >= _FEWEST_CLOSED else 0.0
    message = f"{len(recent)} tasks were closed in the last {TREND_DAYS} days, {earlier} in the {TREND_DAYS} before."
    return _reason(network, "throughput", message, share, recent)


def _bottleneck(network: Network, project_id: str | None, leaves: list[int]) -> HealthReason | None:
    """One task that more than half of the other open work waits for."""
    from vespera_core.analysis.bottlenecks import behind

    flow = flow_of(network, project_id)
    weights = flow.weights(durations_of(network).minutes)
    points, sums = behind(flow, weights, weights, 1)
    if len(leaves) <= _SHOWN or not len(points):
        return None
    at = int(flow.task[points[0]])
    others = int(weights.sum() - weights[points[0]])
    share = int(sums[0, 1]) / others if others else 0.0
    message = f"{share:.0%} of the other open work waits for {network.ids[at]}."
    return _reason(network, "bottleneck", message, max(share - 0.5, 0) * 2, [at])
