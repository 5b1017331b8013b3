"""The pytest plugin: its options, what becomes of rules about capabilities, the override guard and the report."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Final

import pytest

from vespera_core.errors import VesperaError
from vespera_core.ports.capabilities import CAPABILITIES
from vespera_testkit.conformance import ABSENCE, CAPABILITY, Conformance
from vespera_testkit.fixtures import vespera_kept, vespera_scratch, vespera_template
from vespera_testkit.guard import broken_rules
from vespera_testkit.profiles import EXAMPLES, OPTION
from vespera_testkit.report import NOT_OFFERED, PROPERTY
from vespera_testkit.reporter import Reporter

__all__ = ["vespera_kept", "vespera_scratch", "vespera_template"]

FILE: Final = "--vespera-report"
MARK: Final = "vespera_conformance"
"""Every rule bears it: ``-m vespera_conformance`` runs the suites alone."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """The two options of the kit."""
    group = parser.getgroup("vespera", "conformance of Vespera's plugins")
    group.addoption(OPTION, choices=list(EXAMPLES), default="quick", help="How much the random rules do.")
    group.addoption(FILE, metavar="FILE", help="Write capabilities and rules with their outcomes to FILE, as JSON.")


def pytest_configure(config: pytest.Config) -> None:
    """Make the marks known, and somebody listen to what becomes of the rules."""
    config.addinivalue_line("markers", f"{MARK}: a rule of a conformance suite")
    config.addinivalue_line("markers", f"{CAPABILITY}(word): a rule for those who declare this capability")
    config.addinivalue_line("markers", f"{ABSENCE}(word): a rule for those who do not declare this capability")
    config.pluginmanager.register(Reporter(str(config.getoption(OPTION)), config.getoption(FILE)))


def pytest_pycollect_makeitem(collector: pytest.Collector, name: str, obj: object) -> Suite | None:
    """Suites are collected with care, everything else as ever."""
    if isinstance(obj, type) and issubclass(obj, Conformance) and isinstance(collector, pytest.Module | pytest.Class):
        return Suite.from_parent(collector, name=name, obj=obj) if collector.istestclass(obj, name) else None
    return None


class Suite(pytest.Class):
    """A class that is refused where it leaves out or replaces a rule, and where nobody offers what it tests."""

    def collect(self) -> Iterable[pytest.Item | pytest.Collector]:
        """The rules."""
        suite: type[Conformance] = self.obj
        if wrong := list(broken_rules(suite)):
            raise self.CollectError(
                f"{suite.__name__} is no suite of the conformance kit any more: {' '.join(wrong)} A rule that is not"
                " kept is marked with pytest.mark.xfail(strict=True, reason=...)."
            )
        try:
            suite.offer()
        except (VesperaError, AssertionError) as error:
            text = f"{suite.__name__}: {getattr(error, 'message', error)} {getattr(error, 'next', None) or ''}"
            raise self.CollectError(text.strip()) from None
        return super().collect()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is only for those who do not declare a capability, and tell the report about the rest."""
    left_out = [item for item in items if _declared_instead(item)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in set(left_out)]
    for item in items:
        if (suite := suite_of(item)) is not None:
            item.add_marker(MARK)
            item.user_properties.append((PROPERTY, json.dumps(_facts(item, suite))))


def pytest_runtest_setup(item: pytest.Item) -> None:
    """A rule about a capability that is not declared is not run."""
    suite = suite_of(item)
    for mark in item.iter_markers(CAPABILITY):
        if suite is not None and not suite.offers(mark.args[0]):
            pytest.skip(f"{NOT_OFFERED}: {mark.args[0]}")


def suite_of(item: pytest.Item) -> type[Conformance] | None:
    """The suite that a test belongs to."""
    found = getattr(item, "cls", None)
    return found if isinstance(found, type) and issubclass(found, Conformance) else None


def _facts(item: pytest.Item, suite: type[Conformance]) -> dict[str, object]:
    """What the report is to know of a test."""
    needed = [mark.args[0] for name in (CAPABILITY, ABSENCE) for mark in item.iter_markers(name)]
    return {
        "module": suite.__module__, "suite": suite.__name__, "kind": suite.kind, "name": suite.title(),
        "origin": suite.offer().origin, "known": list(CAPABILITIES.get(suite.kind, ())),
        "declared": sorted(suite.capabilities()), "rule": getattr(item, "originalname", item.name),
        "capability": needed[0] if needed else "",
    }  # fmt: skip


def _declared_instead(item: pytest.Item) -> bool:
    suite = suite_of(item)
    return suite is not None and any(suite.offers(mark.args[0]) for mark in item.iter_markers(ABSENCE))
