"""The report: what each provider promises, and what became of each rule. A skip is never counted as a pass."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any, Final

import pytest

PROPERTY: Final = "vespera"
"""The name of what each test item tells the report, in pytest's user properties: these reach it from every worker."""

NOT_OFFERED: Final = "not offered"
ORDER: Final = ("failed", "error", "passed", "skipped", NOT_OFFERED)
"""Worst first: what a capability, or a rule with many cases, is said to be."""


class Report:
    """Collects what became of the rules of one run."""

    def __init__(self) -> None:
        self.suites: dict[str, dict[str, Any]] = {}

    def add(self, report: pytest.TestReport) -> None:
        """Take in one phase of one test."""
        told = dict(report.user_properties).get(PROPERTY)
        outcome = None if told is None else outcome_of(report)
        if told is None or outcome is None:
            return
        facts = json.loads(str(told))
        rule, capability = facts.pop("rule"), facts.pop("capability")
        suite = self.suites.setdefault(f"{facts['module']}::{facts['suite']}", {**facts, "rules": {}, "needs": {}})
        suite["rules"][rule] = worst(suite["rules"].get(rule), outcome)
        if capability:
            suite["needs"][rule] = capability

    def write(self, path: Path, profile: str) -> None:
        """Write it as JSON: one entry a suite, sorted, the same bytes for the same outcomes."""
        suites = [summary(suite) for _, suite in sorted(self.suites.items())]
        text = json.dumps({"profile": profile, "suites": suites}, indent=1, ensure_ascii=False)
        path.write_text(f"{text}\n", encoding="utf-8")

    def lines(self) -> list[str]:
        """A line a suite, for the end of a run."""
        return [line_of(summary(suite)) for _, suite in sorted(self.suites.items())]


def outcome_of(report: pytest.TestReport) -> str | None:
    """What a phase says of its rule; None where it says nothing."""
    if report.skipped:
        if hasattr(report, "wasxfail"):
            return "failed"
        reason = str(report.longrepr[-1]) if isinstance(report.longrepr, tuple) else ""
        return NOT_OFFERED if NOT_OFFERED in reason else "skipped"
    if report.failed:
        return "failed" if report.when == "call" else "error"
    return "passed" if report.when == "call" else None


def worst(before: str | None, outcome: str) -> str:
    """Of two outcomes of one rule the one to be told."""
    return outcome if before is None else min(before, outcome, key=ORDER.index)


def summary(suite: dict[str, Any]) -> dict[str, Any]:
    """A suite with what became of each declared and each undeclared capability."""
    rules, needs = dict(sorted(suite["rules"].items())), suite["needs"]
    facts = {name: value for name, value in suite.items() if name not in ("rules", "needs", "declared", "known")}
    told = {}
    for word in suite["known"]:
        outcomes = [outcome for rule, outcome in rules.items() if needs.get(rule) == word]
        told[word] = verdict(word in suite["declared"], outcomes)
    return {**facts, "capabilities": told, "counts": dict(sorted(Counter(rules.values()).items())), "rules": rules}


def verdict(declared: bool, outcomes: list[str]) -> str:
    """What is said of a capability."""
    found = min(outcomes, key=ORDER.index, default="declared" if declared else NOT_OFFERED)
    return found if declared or found in ("failed", "error") else NOT_OFFERED


def line_of(suite: dict[str, Any]) -> str:
    """What a person reads of a suite."""
    counts = ", ".join(f"{count} {word}" for word, count in suite["counts"].items())
    known = suite["capabilities"].items()
    promised = ", ".join(word if state in ("passed", "declared") else f"{word} {state}" for word, state in known
                         if state != NOT_OFFERED)  # fmt: skip
    absent = ", ".join(word for word, state in known if state == NOT_OFFERED)
    return f"{suite['kind']} {suite['name']} ({suite['origin']}): {counts}" + "".join(
        f"; {label} {words}" for label, words in (("offers", promised), ("not offered:", absent)) if words
    )
