"""Kuzu's graph passes its suite, as the core feeds it."""

from __future__ import annotations

import pytest

from reliability.support.dose import some
from vespera_core.app.application import Vespera
from vespera_testkit import GraphConformance
from vespera_testkit.world.ledgers import STORES, Ledgers


class TestKuzu(GraphConformance):
    """A projection with files of its own; a database for each example takes more than a second."""

    provider = "kuzu"
    question = "MATCH (t:Task) RETURN t.task_id"
    expense = 10

    @pytest.fixture(params=some("stores beside kuzu", STORES, 1))
    def store(self, request: pytest.FixtureRequest, ledgers: Ledgers) -> Vespera:
        return ledgers.open(request.param)
