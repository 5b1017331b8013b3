"""What plugins bring to the table of operations, and what they say of operations of others: faults are named."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from vespera_core.app.application import Vespera
from vespera_core.errors import ChangeRejected, ConfigError, PermissionDenied, VesperaError

if TYPE_CHECKING:
    from tests.core.plugins.conftest import Site

OPERATION = """
from vespera_core.ports.operation import Operation

@hookimpl
def vespera_operations():
    return [5, Operation(name={name!r}, summary="s", input="a:b", output="a:b", handler="a:b", action={action!r},
                         kind="read")]
"""
ORIGIN = "plugin 'odd' (acme-odd 1.0)"


def test_what_is_no_operation_is_left_out_and_the_rest_works(site: Site) -> None:
    site.install("acme-odd", "1.0", OPERATION.format(name="odd.look", action="odd.read"))
    with Vespera.in_memory() as ledger:
        assert "odd.look" in ledger.kernel.operations
        assert ledger.tasks.create_task("Works all the same")
        assert ledger.kernel.plugins.status("odd").reason == (
            f"{ORIGIN} failed in vespera_operations: TypeError: it offers 5, which is no Operation."
        )


@pytest.mark.parametrize(
    ("name", "action", "words"),
    [
        ("task.get", "odd.read", "'task.get' of {} is there already, from plugin 'operations' (vespera-core 0.1.0)."),
        ("odd.look", "", "'odd.look' of {} declares no action to be judged."),
    ],
)
def test_a_table_that_nobody_could_read_stops_the_start(site: Site, name: str, action: str, words: str) -> None:
    site.install("acme-odd", "1.0", OPERATION.format(name=name, action=action))
    with pytest.raises(ConfigError) as caught:
        Vespera.in_memory()
    assert caught.value.message == f"The operation {words.format(ORIGIN)}"
    assert caught.value.next == "Block the plugin with VESPERA_BLOCK=odd until it is mended."


@pytest.mark.parametrize(
    ("code", "kind", "words"),
    [
        (
            "def vespera_authorize(request):\n    if request.action == 'task.write':\n        raise KeyError('x')",
            PermissionDenied,
            f"The policy of {ORIGIN} failed, so nothing is allowed: KeyError: 'x'.",
        ),
        (
            "def vespera_authorize(request):\n    return 'yes' if request.action == 'task.write' else None",
            PermissionDenied,
            f"The policy of {ORIGIN} answered no verdict, so nothing is allowed.",
        ),
        (
            "def vespera_before_write(change):\n    if change.operation == 'task.create':\n        raise KeyError('x')",
            ChangeRejected,
            f"The {ORIGIN} failed while it judged the change: KeyError: 'x'.",
        ),
    ],
)
def test_a_judge_that_fails_is_named_and_nothing_is_written(
    site: Site, code: str, kind: type[VesperaError], words: str
) -> None:
    site.install("acme-odd", "1.0", f"@hookimpl\n{code}\n")
    with Vespera.in_memory() as ledger:
        with pytest.raises(kind) as caught:
            ledger.tasks.create_task("x")
        assert caught.value.message == words
        assert "VESPERA_BLOCK" not in str(caught.value.next), "nobody is led around a policy"
        with ledger.kernel.storage.read() as reader:
            assert reader.position() == 1  # the project alone
