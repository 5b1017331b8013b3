"""The rules of ageing: what earlier releases wrote is read, whole, by this one."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import pytest

from vespera_core.app.application import Vespera
from vespera_core.app.requests import Nothing
from vespera_testkit.golden import facts, unpack
from vespera_testkit.model.invariants import check_invariants
from vespera_testkit.report import NOT_OFFERED
from vespera_testkit.world.clock import FakeClock


class AgeingRules:
    """Stores outlive releases."""

    provider: ClassVar[str]
    golden: ClassVar[Path | None] = None
    """A folder of golden stores, one for each release: see `vespera_testkit.golden`."""

    def test_stores_of_earlier_releases_are_opened(self, tmp_path: Path, clock: FakeClock) -> None:
        """Each is brought up to date when it is opened, says what it said, is healthy, and goes on from there.

        If this fails: a migration is missing, or changes what people wrote.
        """
        if self.golden is None:
            pytest.skip(f"{NOT_OFFERED}: no golden stores")
        releases = sorted(one for one in self.golden.iterdir() if one.is_dir())
        assert releases, f"{self.golden} holds no release"
        for release in releases:
            expected = unpack(release, folder := tmp_path / release.name)
            for _ in range(2):
                with Vespera.open(folder, actor="ann", storage=self.provider, clock=clock) as ledger:
                    assert facts(ledger) == expected, release.name
                    check_invariants(ledger)
            with Vespera.open(folder, actor="ann", storage=self.provider) as ledger:
                ledger.tasks.complete_task("g-3")
                assert [one.task_id for one in ledger.tasks.ready().tasks] == ["g-1", "g-4"]
                assert ledger.call("system.doctor", Nothing()).healthy
