"""Fixtures of the webhooks: a receiver on this machine, to which the workspace lets messages go."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from plugins.api.live.webhooks.support import Receiver, Sending
from vespera_core.app.application import Vespera


@pytest.fixture
def ledger(ledger: Vespera) -> Vespera:
    """Addresses of this machine are allowed in it."""
    memo = {"settings:webhooks": {"allow_private": True}}
    ledger.kernel.storage.write(lambda unit: unit.put_memos("service", memo))
    return ledger


@pytest.fixture
def sending(ledger: Vespera) -> Sending:
    return Sending(ledger)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running
