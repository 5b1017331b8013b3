"""What every suite shares: one seed for all processes of a run, which its last lines tell, and its dose."""

from __future__ import annotations

import os

import pytest

from reliability.support.dose import DEEP, SEED

os.environ["VESPERA_SEED"] = str(SEED)  # processes that run parts of the suite inherit it, and draw alike


def pytest_configure(config: pytest.Config) -> None:
    """Deep runs spare nothing in the conformance suites either."""
    if DEEP:
        config.option.vespera_profile = "deep"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how this run is repeated, whether it failed or not."""
    size = "deep" if DEEP else "reduced"
    terminalreporter.write_line(f"{size} dose, seed {SEED}; repeat it with VESPERA_SEED={SEED}")
