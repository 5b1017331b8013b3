"""The executors that ship with the core."""

from __future__ import annotations

from typing import Any

import pytest

from vespera_testkit import ExecutorConformance


class TestCommand(ExecutorConformance):
    provider = "command"

    @pytest.fixture
    def settings(self) -> dict[str, Any]:
        return {"grace": 0.3}


class TestManual(ExecutorConformance):
    provider = "manual"
