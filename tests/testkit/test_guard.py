"""The kit cannot be weakened, and tells what it saw: a file of suites as authors write them, run by pytest."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

SUITES = """
import pytest

from vespera_testkit import GraphConformance


class TestSound(GraphConformance):
    provider = "sound"


class TestRemoves(GraphConformance):
    provider = "sound"
    test_custom_kinds_are_shown_and_not_followed = None


class TestReplaces(GraphConformance):
    provider = "sound"

    def test_threads_get_whole_answers(self):
        pass


class TestSkips(GraphConformance):
    provider = "sound"

    @pytest.mark.xfail(reason="it may fail or not")
    def test_threads_get_whole_answers(self):
        pass


class TestAdmits(GraphConformance):
    provider = "loses-an-edge"

    @pytest.mark.xfail(strict=True, reason="the last arrow is lost")
    def test_custom_kinds_are_shown_and_not_followed(self):
        raise AssertionError

    def test_a_rule_of_my_own(self):
        pass


@pytest.mark.skip(reason="no time")
class TestPutsOff(GraphConformance):
    provider = "sound"


class TestNobody(GraphConformance):
    provider = "nobody-offers-this"


class TestForgetful(GraphConformance):
    pass
"""
WORDS = "threads or custom or question or direct or my_own"


class Run(dict[str, Any]):
    """What a run reported of each suite, and what it printed."""

    printed: str


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, broken_plugin: dict[str, str]) -> Run:
    folder = tmp_path_factory.mktemp("guard")
    (folder / "test_suites.py").write_text(SUITES, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--continue-on-collection-errors"]
    options = ["-k", WORDS, "--vespera-report", "report.json", "--vespera-profile", "quick"]
    done = subprocess.run([*command, *options], cwd=folder, env=broken_plugin, capture_output=True, text=True)
    assert done.returncode == 1, done.stdout + done.stderr
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    assert report["profile"] == "quick"
    found = Run({one["suite"]: one for one in report["suites"]})
    found.printed = done.stdout
    return found


@pytest.mark.parametrize(
    ("suite", "words"),
    [
        ("TestRemoves", "test_custom_kinds_are_shown_and_not_followed was removed."),
        ("TestReplaces", "test_threads_get_whole_answers was replaced."),
        ("TestSkips", "test_threads_get_whole_answers was replaced."),
    ],
)
def test_a_suite_without_a_rule_is_none(run: Run, suite: str, words: str) -> None:
    assert f"{suite} is no suite of the conformance kit any more: {words}" in " ".join(run.printed.split())
    assert suite not in run


def test_who_offers_nothing_is_told_what_is_on_offer(run: Run) -> None:
    said = " ".join(run.printed.split())
    assert "TestNobody: graph 'nobody-offers-this' is not offered by any plugin; on offer: " in said
    assert "answers-in-secret (broken-plugin 1.0)" in said
    assert "TestForgetful: TestForgetful names no provider: write provider = '...'." in said


def test_an_admission_counts_as_a_failure_in_the_report(run: Run) -> None:
    suite = run["TestAdmits"]
    assert suite["rules"]["test_custom_kinds_are_shown_and_not_followed"] == "failed"
    assert suite["rules"]["test_a_rule_of_my_own"] == "passed"
    assert suite["origin"] == "broken-plugin 1.0"


def test_a_skip_is_no_pass(run: Run) -> None:
    suite = run["TestPutsOff"]
    assert set(suite["rules"].values()) == {"skipped"}
    assert suite["capabilities"]["direct"] == "skipped"


def test_what_is_not_declared_is_not_offered(run: Run) -> None:
    suite = run["TestSound"]
    assert suite["capabilities"] == {"durable": "not offered", "direct": "passed", "query": "not offered"}
    assert suite["rules"]["test_a_question_is_answered"] == "not offered"
    assert suite["rules"]["test_a_question_is_refused"] == "passed"
    assert suite["counts"] == {"not offered": 1, "passed": 5}


def test_the_last_lines_say_it_to_people(run: Run) -> None:
    line = "graph sound (broken-plugin 1.0): 1 not offered, 5 passed; offers direct; not offered: durable, query"
    assert line in run.printed
