"""Every operation's answer has somebody who tells it, and nothing in the table of tellers is without an answer."""

from __future__ import annotations

from pathlib import Path

import pytest

from vespera_core.app.application import Vespera
from vespera_core.app.operations import builtin_operations
from vespera_core.ports.operation import resolve
from vespera_mcp.replies.generic import told_any
from vespera_mcp.replies.telling import TELLERS, teller_of

_OUTPUTS = {operation.output for operation in builtin_operations()}
_GENERIC = {
    "answers:BackupAnswer", "answers:ExportAnswer", "answers:ImportAnswer", "approvals.answers:ApprovalAnswer",
}  # fmt: skip


@pytest.mark.parametrize("output", sorted(_OUTPUTS))
def test_every_answer_is_told(output: str) -> None:
    assert callable(teller_of(resolve(output)))


def test_tellers_are_of_answers_that_there_are() -> None:
    known = {f"{resolve(output).__module__}:{resolve(output).__qualname__}" for output in _OUTPUTS}
    assert {f"vespera_core.app.{name}" for name in TELLERS} <= known


def test_an_answer_of_a_plugin_is_told_as_json(tmp_path: Path) -> None:
    assert teller_of(Path) is told_any
    with Vespera.in_memory() as ledger:
        assert {operation.output for operation in ledger.kernel.operations.values()} >= _OUTPUTS
        assert all(callable(teller_of(resolve(one.output))) for one in ledger.kernel.operations.values())
