"""The storage port: every provider keeps the same contract. The checks stand in the ``contract_*`` modules."""

from __future__ import annotations

from conformance.contract_derived import DerivedContract
from conformance.contract_entities import EntityContract
from conformance.contract_events import EventContract
from conformance.contract_queries import QueryContract
from conformance.contract_rows import RowContract
from conformance.contract_units import UnitContract


class TestRows(RowContract):
    """Rows in, the same values out."""


class TestQueries(QueryContract):
    """What is asked for comes back: all of it, once, in order."""


class TestEvents(EventContract):
    """The log only grows, and says what was written."""


class TestUnits(UnitContract):
    """All of a work becomes durable together, or none of it happens."""


class TestDerived(DerivedContract):
    """What helpers keep is there for them, and is no part of the ledger."""


class TestEntities(EntityContract):
    """Facts beside tasks and projects."""
