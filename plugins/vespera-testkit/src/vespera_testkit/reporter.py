"""Listening to a run: every test's outcome goes into the report, which is shown and written at the end."""

from __future__ import annotations

from pathlib import Path

import pytest

from vespera_testkit.report import Report


class Reporter:
    """A pytest plugin of one run."""

    def __init__(self, profile: str, path: str | None) -> None:
        self._profile = profile
        self._path = path
        self._report = Report()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take in a phase of a test; where there are workers, theirs arrive at the one who writes the report."""
        self._report.add(report)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """A line for each suite, and the file that was asked for."""
        if self._report.suites:
            terminalreporter.section("conformance")
            for line in self._report.lines():
                terminalreporter.write_line(line)
        if self._path:
            self._report.write(Path(self._path), self._profile)
