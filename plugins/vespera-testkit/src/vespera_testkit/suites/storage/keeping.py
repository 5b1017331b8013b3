"""The rules of keeping: what is there when a store is opened again, by whom, and what copies of it are worth."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from vespera_core.errors import Unsupported
from vespera_core.model.query import EventQuery, TaskQuery
from vespera_core.ports.capabilities import BACKUP, DURABLE, MULTI_PROCESS, RESTORE
from vespera_core.ports.provider import OpenContext
from vespera_testkit.conformance import requires, without
from vespera_testkit.suites.storage.events import draft
from vespera_testkit.suites.storage.units import everything, furnish, picture
from vespera_testkit.world.bench import Bench
from vespera_testkit.world.places import StorePlace
from vespera_testkit.world.tasks import new_task

WRITER = """
import json, sys
from vespera_testkit.world.bench import Bench
from vespera_testkit.world.places import StorePlace
from vespera_testkit.world.tasks import new_task

bench = Bench(StorePlace.of(json.loads(sys.argv[1])).open(), projects=())
print(bench.task("here") is not None)
bench.add(new_task("there"))
bench.storage.close()
"""


class KeepingRules:
    """What outlives a handle."""

    @requires(DURABLE)
    def test_everything_is_there_when_it_is_opened_again(self, bench: Bench) -> None:
        """Tasks, relations, the log, answers under keys and whatever else was written.

        If this fails: something is kept in the process alone, or is written after `write` has returned.
        """
        furnish(bench)
        bench.write(everything)
        before = picture(bench)
        for _ in range(2):
            bench.reopen()
            assert picture(bench) == before
        with bench.reader() as reader:
            assert reader.select(TaskQuery(limit=0)).total == 3
        bench.write(lambda unit: unit.append([draft("t", 3)]))

    @without(DURABLE)
    def test_every_opening_starts_empty(self, bench: Bench) -> None:
        """A store that is not durable keeps nothing: one that does should say so, or people lose what they trust."""
        furnish(bench)
        bench.reopen()
        with bench.reader() as reader:
            assert list(reader.event_rows(EventQuery())) == []
            assert reader.select(TaskQuery(limit=0)).total == 0

    @requires(MULTI_PROCESS)
    def test_another_process_sees_what_was_written_and_writes(self, bench: Bench, place: StorePlace) -> None:
        """Both have the store open: what one was told is done is what the other sees next."""
        bench.add(new_task("here"))
        command = [sys.executable, "-c", WRITER, json.dumps(place.as_json())]
        other = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own script
        assert (other.returncode, other.stdout) == (0, "True\n"), other.stderr
        assert bench.task("there") is not None

    @requires(MULTI_PROCESS)
    def test_two_handles_see_each_other(self, bench: Bench, place: StorePlace) -> None:
        """As two processes would, within one."""
        other = Bench(place.open(), projects=())
        try:
            bench.add(new_task("here"))
            assert other.task("here") is not None
            other.add(new_task("there"))
            assert bench.task("there") is not None
        finally:
            other.storage.close()

    @requires(BACKUP)
    def test_a_backup_is_complete(self, bench: Bench, tmp_path: Path) -> None:
        """One file, with something in it, and nothing beside it."""
        furnish(bench)
        target = tmp_path / "copy"
        bench.storage.backup(target)
        assert target.stat().st_size > 0
        assert list(tmp_path.iterdir()) == [target]

    @without(BACKUP)
    def test_a_backup_is_refused(self, bench: Bench, tmp_path: Path) -> None:
        """With `Unsupported`, and nothing is written."""
        with pytest.raises(Unsupported) as refusal:
            bench.storage.backup(tmp_path / "copy")
        assert refusal.value.details.get("capability") == BACKUP
        assert list(tmp_path.iterdir()) == []

    @requires(RESTORE)
    def test_a_backup_brings_everything_back(self, bench: Bench, place: StorePlace, tmp_path: Path) -> None:
        """Restored into an empty place, the store holds what it held when the backup was made, once it was looked at.

        If this fails: compare what `backup` copies with what `restore` puts in place.
        """
        furnish(bench)
        bench.write(everything)
        before = picture(bench)
        bench.storage.backup(copy := tmp_path / "copy")
        (elsewhere := tmp_path / "elsewhere").mkdir()
        looked: list[bool] = []
        restore = place.provider.restore
        assert restore is not None
        context = OpenContext(elsewhere, bench.clock)
        restore(place.settings, context, copy, lambda storage: looked.append(bool(storage.check())))
        assert looked == [True]
        found = StorePlace(place.name, place.settings, elsewhere, bench.clock).open()
        try:
            assert picture(Bench(found, bench.clock, projects=())) == before
        finally:
            found.close()

    @without(RESTORE)
    def test_nothing_claims_to_restore(self, place: StorePlace) -> None:
        """The provider has no `restore`."""
        assert place.provider.restore is None
