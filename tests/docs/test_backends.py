"""The table of back ends stands on a report of the suites as they are: nothing in it is old, and nothing failed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from vespera_core.ports.capabilities import CAPABILITIES
from vespera_testkit import (
    EmbedderConformance,
    ExecutorConformance,
    GraphConformance,
    PluginConformance,
    RoleTemplateConformance,
    ServiceConformance,
    StorageConformance,
    TransportConformance,
    VectorConformance,
)  # fmt: skip
from vespera_testkit.conformance import ABSENCE, CAPABILITY, Conformance
from vespera_testkit.guard import rules_of
from vespera_testkit.offers import installed, loaded

REPORT = json.loads((Path(__file__).resolve().parents[2] / "scripts/pages/conformance.json").read_text("utf-8"))
SUITES: dict[str, type[Conformance]] = {
    one.kind: one
    for one in (
        EmbedderConformance, ExecutorConformance, GraphConformance, RoleTemplateConformance, ServiceConformance,
        StorageConformance, TransportConformance, VectorConformance, PluginConformance,
    )
}  # fmt: skip
STALE = "run 'make conformance'"
ELSEWHERE = {("embedder", "sentence-transformers")}
"""Needs torch: `make test-st` installs it and runs the suite."""


def shipped() -> set[tuple[str, str]]:
    """What our distributions offer, of the kinds that have a suite."""
    found = {("plugin", one.name) for one in loaded().statuses if one.distribution != "vespera-core"}
    for kind in SUITES.keys() - {"plugin", "roles"}:
        found |= {(kind, offer[3].name) for offer in installed().offers(kind)}
    return found | {("roles", one.name) for _, one in loaded().collect("vespera_role_templates")}


def test_everything_that_ships_is_in_the_report() -> None:
    told = {(one["kind"], one["name"]) for one in REPORT["suites"]}
    assert told == shipped() - ELSEWHERE, STALE


@pytest.mark.parametrize("suite", REPORT["suites"], ids=lambda one: f"{one['kind']}-{one['name']}")
def test_a_suite_kept_every_rule_that_there_is(suite: dict[str, Any]) -> None:
    offered = next((one[3] for one in _offers(suite) if one[3].name == suite["name"]), None)
    declared: frozenset[str] = getattr(offered, "capabilities", frozenset())
    wanted = {name for name, rule in rules_of(SUITES[suite["kind"]]).items() if not _absent(rule, declared)}
    assert suite["rules"].keys() == wanted, STALE
    assert set(suite["rules"].values()) <= {"passed", "not offered"}
    states = {word: "passed" if word in declared else "not offered" for word in CAPABILITIES.get(suite["kind"], ())}
    assert {word: state.replace("declared", "passed") for word, state in suite["capabilities"].items()} == states, STALE


def _offers(suite: dict[str, Any]) -> list[Any]:
    return [] if suite["kind"] in ("plugin", "roles") else installed().offers(suite["kind"])


def _absent(rule: Any, declared: frozenset[str]) -> bool:
    """Whether a rule is only for those who do not declare what this one declares."""
    assert CAPABILITY != ABSENCE
    return any(mark.name == ABSENCE and mark.args[0] in declared for mark in getattr(rule, "pytestmark", ()))
