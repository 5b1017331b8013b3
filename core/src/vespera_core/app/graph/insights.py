"""Insights: what is at risk, what to do about it and what changed, in sentences with the numbers behind them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from vespera_core.app.graph import actions, changed, risks
from vespera_core.app.graph.answers import Insight, InsightsAnswer
from vespera_core.app.graph.facts import Facts
from vespera_core.app.graph.network import seen
from vespera_core.app.graph.requests import AskInsights
from vespera_core.app.graph.telling import Telling
from vespera_core.errors import InvalidInput
from vespera_core.model.basics import check_moment
from vespera_core.ports.access import Caller

if TYPE_CHECKING:
    from vespera_core.app.kernel import Kernel

_AREAS = {"risk": risks.RULES, "action": actions.RULES, "changed": changed.RULES}


def insights(kernel: Kernel, request: AskInsights, caller: Caller) -> InsightsAnswer:
    """Risks, actions and changes, each the weightiest first. Raises InvalidInput for a moment to come."""
    if request.since is not None and check_moment("since", request.since) >= kernel.clock():
        raise InvalidInput("since must lie in the past.", field="since")
    facts = Facts(kernel, caller, request)
    found = tuple(insight for area, rules in _AREAS.items() for insight in _ranked(facts, area, rules))
    return InsightsAnswer(
        project_id=facts.project_id, since=facts.since, at=facts.now, insights=found, **seen(facts.source, found)
    )


def _ranked(facts: Facts, area: str, rules: tuple[Callable[[Facts], Telling], ...]) -> Iterator[Insight]:
    found = [one for rule in rules for one in rule(facts)]
    for one in sorted(found, key=lambda one: (-one.weight, one.kind, one.ids)):
        yield Insight(area=area, kind=one.kind, text=one.text, weight=one.weight, task_ids=one.ids, figures=one.figures)
