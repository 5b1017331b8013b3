"""The suite of stores."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, ClassVar

import pytest

from vespera_testkit.conformance import Conformance
from vespera_testkit.suites.storage.ageing import AgeingRules
from vespera_testkit.suites.storage.derived import DerivedRules
from vespera_testkit.suites.storage.embeddings import EmbeddingRules
from vespera_testkit.suites.storage.entities import EntityRules
from vespera_testkit.suites.storage.events import EventRules
from vespera_testkit.suites.storage.keeping import KeepingRules
from vespera_testkit.suites.storage.memos import MemoRules
from vespera_testkit.suites.storage.projects import ProjectRules
from vespera_testkit.suites.storage.queries import QueryRules
from vespera_testkit.suites.storage.random_work import RandomRules
from vespera_testkit.suites.storage.readiness import ReadinessRules
from vespera_testkit.suites.storage.relations import RelationRules
from vespera_testkit.suites.storage.rows import RowRules
from vespera_testkit.suites.storage.searching import SearchRules
from vespera_testkit.suites.storage.units import UnitRules
from vespera_testkit.world.bench import Bench
from vespera_testkit.world.clock import FakeClock
from vespera_testkit.world.ledgers import Ledgers
from vespera_testkit.world.places import StorePlace, settings_for


class StorageConformance(
    RowRules,
    RelationRules,
    ReadinessRules,
    ProjectRules,
    QueryRules,
    SearchRules,
    EventRules,
    UnitRules,
    DerivedRules,
    EmbeddingRules,
    MemoRules,
    EntityRules,
    KeepingRules,
    AgeingRules,
    RandomRules,
    Conformance,
):
    """What every store keeps. For a store on a server, `settings` name a fresh schema, or the like, for each test.

    >>> class TestAcme(StorageConformance):  # doctest: +SKIP
    ...     provider = "acme"
    """

    kind: ClassVar[str] = "storage"
    _empty: ClassVar[list[tuple[str, dict[str, Any], Path]]] = []

    @pytest.fixture
    def clock(self) -> FakeClock:
        """The one clock of a test."""
        return FakeClock()

    @pytest.fixture
    def place(self, settings: dict[str, Any], vespera_scratch: Path, clock: FakeClock) -> Iterator[StorePlace]:
        """An empty place for the store, in a folder of its own."""
        provider = self.offer().item
        full = settings_for(self.kind, provider, settings)
        folder = Path(mkdtemp(dir=vespera_scratch)) / "store"
        shutil.copytree(self._made_before(full, vespera_scratch), folder)
        yield StorePlace(self.provider, full, folder, clock)
        shutil.rmtree(folder.parent)

    @pytest.fixture
    def bench(self, place: StorePlace, clock: FakeClock) -> Iterator[Bench]:
        """A fresh store."""
        bench = Bench(place.open(), clock, again=place.open)
        yield bench
        bench.storage.close()

    @pytest.fixture
    def ledgers(
        self, vespera_template: Path, vespera_scratch: Path, clock: FakeClock, settings: dict[str, Any]
    ) -> Iterator[Ledgers]:
        """Makes ledgers on the store and in memory."""
        made = Ledgers(vespera_template, vespera_scratch, clock, settings)
        yield made
        made.close()

    def _made_before(self, settings: dict[str, Any], scratch: Path) -> Path:
        """A place in which an empty store was made with the same settings: migrations run once, copies are cheap."""
        known = [place for name, given, place in self._empty if (name, given) == (self.provider, settings)]
        if not known:
            known.append(Path(mkdtemp(dir=scratch)))
            StorePlace(self.provider, settings, known[0], FakeClock()).open().close()
            self._empty.append((self.provider, settings, known[0]))
        return known[0]
