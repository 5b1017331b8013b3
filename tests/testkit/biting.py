"""Cases of broken things, and one run of pytest over them, as their author would run it."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest

CLASS: Final = """

class {name}({suite}Conformance):
    {named} = "{provider}"

    @pytest.fixture
    def profile(self):
        return Hurried("quick")
"""
FURTHER: Final = {
    "Graph": """\
    question = "anything"
""",
    "Transport": """\
    elsewhere = transports.ALL["{provider}"].elsewhere

    @pytest.fixture
    def client(self, workspace):
        with transports.client_of("{provider}", workspace) as asked:
            yield asked
""",
}
HURRY: Final = """\
    @pytest.fixture(autouse=True)
    def _impatient(self, monkeypatch):
        for place in ("world.patience", "world.processes", "world.work", "suites.executor"):
            monkeypatch.setattr(f"vespera_testkit.{{place}}.PATIENCE", 0.5)
"""
"""Of one that is broken it is known that it never ends."""
HEAD: Final = """\
import pytest

from testkit.broken import transports
from testkit.broken.hurry import Hurried
"""

Outcomes = dict[str, dict[str, str]]


class Case(NamedTuple):
    """Something broken, and the rule that it fails in."""

    suite: str
    provider: str
    rule: str
    endless: bool = False
    """Whether it fails by never coming to an end."""

    @property
    def name(self) -> str:
        """The class that an author would write."""
        words = "".join(word.capitalize() for word in self.provider.split("-"))
        return f"Test{self.suite}{words}{'Endless' * self.endless}"

    @property
    def text(self) -> str:
        """That class."""
        named = "plugin" if self.suite == "Plugin" else "provider"
        text = CLASS + FURTHER.get(self.suite, "") + (HURRY if self.endless else "")
        return text.format(name=self.name, suite=self.suite, named=named, provider=self.provider)


def cases_of(suite: str, wanted: Mapping[str, str]) -> list[Case]:
    """Cases of one suite: names of what is broken with the rules that they fail in, in words without `test_`."""
    return [Case(suite, one, f"test_{rule}") for one, rules in wanted.items() for rule in rules.split()]


def once(name: str, factory: pytest.TempPathFactory, make: Callable[[], Outcomes]) -> Outcomes:
    """One run for all workers between whom the tests of a module may be parted: the first makes it."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        return make()
    kept = factory.getbasetemp().parent / f"{name}.json"
    with kept.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            kept.write_text(json.dumps(make()), encoding="utf-8")
    found: Outcomes = json.loads(kept.read_text(encoding="utf-8"))
    return found


def outcomes_of(cases: Iterable[Case], folder: Path, environment: dict[str, str]) -> Outcomes:
    """What became of each rule: one run of pytest over classes such as an author writes."""
    known = {one.name: one for one in cases}
    imports = ", ".join(sorted({f"{one.suite}Conformance" for one in known.values()}))
    text = f"{HEAD}from vespera_testkit import {imports}\n" + "".join(one.text for one in known.values())
    (folder / "test_broken.py").write_text(text, encoding="utf-8")
    wanted = sorted({f"test_broken.py::{one.name}::{one.rule}" for one in cases})
    report, places = folder / "report.json", folder / "places"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--vespera-report", str(report)]
    done = subprocess.run(
        [*command, f"--basetemp={places}", *wanted], cwd=folder, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 1, done.stdout + done.stderr
    found: list[dict[str, Any]] = json.loads(report.read_text(encoding="utf-8"))["suites"]
    return {one["suite"]: one["rules"] for one in found}
