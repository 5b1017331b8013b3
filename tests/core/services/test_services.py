"""Services in one process: hosted, commanded, configured, failing, and what each of them does."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any, ClassVar

import pytest

from projecting.site import Workspaces, add, engines_of
from vespera_core.app.application import Vespera
from vespera_core.app.care.recording import record_system
from vespera_core.app.requests import Nothing, TaskRef
from vespera_core.app.services.answers import ServicesAnswer, ServiceState
from vespera_core.app.services.board import Board, service_lock
from vespera_core.app.services.health import Health
from vespera_core.app.services.manager import Manager
from vespera_core.app.services.requests import ConfigureService, ReapLeases, RebuildIndexes, Repair, ServiceNames
from vespera_core.errors import InvalidInput, NotFound, Refused
from vespera_core.model.query import EventQuery
from vespera_core.ports.service import Report, Service, ServiceProvider
from vespera_core.ports.storage import Finding

NAMES = {"embedding", "vectors", "graph", "projections", "cycle-audit", "optimise", "leases", "health", "webhooks"}


def eventually(check: Callable[[], Any], seconds: float = 20.0) -> Any:
    """What `check` answers, once it answers something."""
    deadline = time.monotonic() + seconds
    while not (found := check()):
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.05)
    return found


@contextmanager
def hosted(ledger: Vespera) -> Iterator[None]:
    """The services of a workspace, hosted by a thread of this process."""
    stop = Event()
    host = Thread(target=lambda: Manager(ledger.kernel).run(stop))
    host.start()
    try:
        yield
    finally:
        stop.set()
        host.join(20)
        assert not host.is_alive()


def states(ledger: Vespera) -> dict[str, ServiceState]:
    answer: ServicesAnswer = ledger.call("service.list", ServiceNames())
    return {one.name: one for one in answer.services}


def test_the_last_word_is_said_before_another_may_lead(probe: type[Probe], spaces: Workspaces) -> None:
    ledger = spaces.open()
    assert ledger.folder is not None
    seen: list[str] = []

    def successor() -> None:
        lock = service_lock(ledger.folder, "probe")
        while not lock.take():
            time.sleep(0.001)
        seen.append(Board(ledger.kernel.storage).look().state("probe")["status"])
        lock.free()

    with hosted(ledger):
        eventually(lambda: states(ledger)["probe"].status == "running")
        waiting = Thread(target=successor)
        waiting.start()
    waiting.join(20)
    assert seen == ["stopped"]


def kinds(ledger: Vespera) -> list[str]:
    with ledger.kernel.storage.read() as reader:
        return [row.kind for row in reader.event_rows(EventQuery())]


class Probe(Service):
    """A service that counts, and fails when it is told to."""

    defaults: ClassVar[dict[str, Any]] = {"interval": 0.2, "words": "none", "loud": False, "size": 5}
    runs: ClassVar[list[float]] = []
    closed: ClassVar[list[str]] = []
    broken: ClassVar[list[Exception]] = []

    def run(self, stop: Callable[[], bool]) -> Report:
        if self.broken:
            raise self.broken[0]
        self.runs.append(time.monotonic())
        return Report(done=len(self.runs), text=self.settings["words"], lag=3)

    def close(self) -> None:
        self.closed.append("closed")


@pytest.fixture
def probe(monkeypatch: pytest.MonkeyPatch) -> type[Probe]:
    """The probe is the only service on offer."""
    for found in (Probe.runs, Probe.closed, Probe.broken):
        found.clear()
    provider = ServiceProvider(name="probe", summary="Counts.", service=f"{__name__}:Probe")
    # In this order: a module that is imported after the change would keep it.
    monkeypatch.setattr("vespera_core.app.services.operating.providers", lambda _kernel: [provider])
    monkeypatch.setattr("vespera_core.app.services.manager.providers", lambda _kernel: [provider])
    monkeypatch.setattr("vespera_core.app.services.settings.resolve", lambda _target: Probe)
    return Probe


def test_everything_that_is_new_becomes_findable_by_itself(spaces: Workspaces) -> None:
    path = spaces.new()
    with hosted(spaces.open(path)):
        other = spaces.open(path)
        ids = add(other, "Alpha", "Beta", "Gamma")
        model = engines_of(other).embedder().model_id

        def all_there() -> bool:
            with other.kernel.storage.read() as reader:
                embedded = {one.task_id for one in reader.task_vectors(model)}
            answer: ServicesAnswer = other.call("service.list", ServiceNames())
            return embedded == set(ids) and len(answer.indexes) == 3 and not any(one.behind for one in answer.indexes)

        eventually(all_there)
        began = time.monotonic()
        (last,) = add(other, "Delta")
        ids.append(last)
        eventually(all_there)
        assert time.monotonic() - began < 10, "generous: it takes under a second on an idle machine"
        found = eventually(lambda: all(one.last_run for one in states(other).values()) and states(other))
        assert set(found) == NAMES
        assert {one.status for one in found.values()} == {"running"}
        answer = other.call("service.list", ServiceNames())
        assert [one["roles"]["health"] for one in answer.hosts] == ["running"]
        assert eventually(lambda: other.call("service.list", ServiceNames()).health)["level"] == "ok"
    assert {one.status for one in states(other).values()} == {"stopped"}
    assert other.call("service.list", ServiceNames()).hosts == ()


def test_a_ledger_in_memory_has_no_services() -> None:
    with pytest.raises(Refused, match="in memory"):
        Manager(Vespera.in_memory().kernel)


def test_services_are_stopped_started_and_restarted_from_anywhere(spaces: Workspaces, probe: type[Probe]) -> None:
    path = spaces.new()
    with hosted(spaces.open(path)):
        other = spaces.open(path)
        eventually(lambda: states(other)["probe"].last_run)
        other.call("service.stop", ServiceNames(names=("probe",)))
        eventually(lambda: states(other)["probe"].status == "stopped")
        assert probe.closed == ["closed"]
        runs = len(probe.runs)
        time.sleep(0.6)
        assert len(probe.runs) == runs
        assert other.call("service.start", ServiceNames(names=("probe",))).services[0].wanted
        eventually(lambda: len(probe.runs) > runs)
        other.call("service.restart", ServiceNames())
        eventually(lambda: len(probe.closed) == 2)
        eventually(lambda: states(other)["probe"].status == "running")
    assert len(probe.closed) == 3


def test_settings_come_from_the_service_the_file_and_the_command(spaces: Workspaces, probe: type[Probe]) -> None:
    path = spaces.new()
    with (path / ".vespera" / "config.toml").open("a") as stream:
        stream.write('\n[service.probe]\nwords = "from the file"\nsize = 7\n')
    with hosted(spaces.open(path)):
        other = spaces.open(path)
        eventually(lambda: states(other)["probe"].text == "from the file")

        def configure(**settings: Any) -> ServicesAnswer:
            found: ServicesAnswer = other.call("service.configure", ConfigureService(name="probe", settings=settings))
            return found

        answer = configure(words="by command", loud="yes", interval="0.1").services[0]
        assert answer.settings == {"interval": 0.1, "words": "by command", "loud": True, "size": 7}
        eventually(lambda: states(other)["probe"].text == "by command")
        assert configure(words="").services[0].settings["words"] == "from the file"
        for wrong in (
            {"size": "many"},
            {"size": 0},
            {"size": "1.5"},
            {"loud": "perhaps"},
            {"nothing": 1},
            {"size": True},
        ):
            with pytest.raises(InvalidInput):
                configure(**wrong)
    with pytest.raises(NotFound, match="there are: probe"):
        other.call("service.stop", ServiceNames(names=("absent",)))


def test_a_service_that_fails_says_so_pauses_and_recovers(spaces: Workspaces, probe: type[Probe]) -> None:
    path = spaces.new()
    probe.broken.append(ValueError("no luck"))
    with hosted(spaces.open(path)):
        other = spaces.open(path)
        failed = eventually(lambda: states(other)["probe"].status == "failed" and states(other)["probe"])
        assert failed.last_error == "ValueError: no luck"
        probe.broken.clear()
        recovered = eventually(lambda: states(other)["probe"].status == "running" and states(other)["probe"])
        assert (recovered.last_error, recovered.lag) == ("", 3)


def test_two_hosts_one_leads_and_the_other_takes_over(spaces: Workspaces, probe: type[Probe]) -> None:
    path = spaces.new()
    other = spaces.open(path)
    with hosted(spaces.open(path)):
        eventually(lambda: states(other)["probe"].last_run)
        before = len(probe.closed)
        with hosted(spaces.open(path)):
            time.sleep(1)
            assert len(probe.closed) == before
        eventually(lambda: states(other)["probe"].status == "running")


def test_long_lapsed_leases_are_given_back_and_fresh_ones_are_not(spaces: Workspaces) -> None:
    now = [1_800_000_000_000_000]
    ledger = spaces.open(clock=lambda: now[0])
    ids = add(ledger, "Old", "Young", "A person's")
    assert ledger.tasks.claim(ids[0], lease_seconds=60).task is not None
    now[0] += 3_000_000_000
    ledger.tasks.claim(ids[1], lease_seconds=60)
    ledger.tasks.claim(ids[2], human=True)
    now[0] += 700_000_000
    assert ledger.call("task.reap", ReapLeases(grace_seconds=3600)).released == (ids[0],)
    assert ledger.call("task.reap", ReapLeases(grace_seconds=3600)).released == ()
    task = ledger.tasks.get_task(ids[0])
    assert (task.status, task.lease_owner, task.assignee, task.fence) == ("pending", None, None, 1)
    assert [ledger.tasks.get_task(one).status for one in ids[1:]] == ["in_progress", "in_progress"]
    assert kinds(ledger)[-1] == "task.released"
    assert ledger.call("system.doctor", Nothing()).healthy


def test_health_writes_an_event_when_the_level_changes_and_only_then(spaces: Workspaces) -> None:
    ledger = spaces.open()
    add(ledger, "One")
    usual = {**Health.defaults}
    assert Health(ledger.kernel, usual).run(lambda: False).text == "ok"
    strict = {**usual, "memory_mb": 1}
    for _ in range(2):
        assert "MB" in Health(ledger.kernel, strict).run(lambda: False).text
    Health(ledger.kernel, usual).run(lambda: False)
    assert [kind for kind in kinds(ledger) if kind == "health.changed"] == ["health.changed"] * 2
    samples = Board(ledger.kernel.storage).look().health()["samples"]
    assert {"read_ms", "lag", "memory_mb", "file_mb", "log_mb", "free_mb", "parked", "failed"} <= set(samples)


def test_events_of_the_system_are_taken_in_stride(spaces: Workspaces) -> None:
    """The doctor replays the log, time travel folds it, export and history walk it: none of them trips."""
    ledger = spaces.open()
    (task_id,) = add(ledger, "One")
    for number in range(3):
        record_system(ledger.kernel.storage, "health.changed", {"level": "ok", "number": number})
    answer = ledger.call("system.doctor", Nothing())
    assert (answer.healthy, [one for one in answer.findings if one.severity == "damage"]) == (True, [])
    assert len(ledger.tasks.history().events) == 5
    with ledger.kernel.storage.read() as reader:
        at = next(iter(reader.event_rows(EventQuery(newest_first=True, limit=1)))).at
    assert ledger.tasks.get_task(task_id, as_of=at).title == "One"  # type: ignore[arg-type]
    assert engines_of(ledger).catch_up(5).complete


def findings(ledger: Vespera) -> dict[str, Finding]:
    return {one.check: one for one in ledger.call("system.doctor", Nothing()).findings}


def test_the_doctor_compares_what_is_derived_and_repairs_it(spaces: Workspaces) -> None:
    ledger = spaces.open()
    ids = add(ledger, "One", "Two", "Three")
    assert findings(ledger)["index vectors/tiny"].message == "not built yet"
    ledger.call("index.rebuild", RebuildIndexes())
    assert {findings(ledger)[f"index {one}"].severity for one in ("vectors/tiny", "projection/apart")} == {"ok"}
    assert findings(ledger)["vectors"].severity == "ok"
    assert ledger.call("system.repair", Repair()).repaired == ()
    index = engines_of(ledger).index("vectors")
    assert index is not None
    model = engines_of(ledger).embedder().model_id
    assert index.open()
    with index.asked() as engine:
        engine._file.execute("DELETE FROM held WHERE id = ?", (ids[0],))  # type: ignore[attr-defined]
        engine._file.execute("INSERT INTO held VALUES ('ghost', 1, 'x', NULL)")  # type: ignore[attr-defined]
    with ledger.kernel.storage.read() as reader:
        record = reader.readiness(ids)[ids[1]]
    ledger.kernel.storage.write(lambda unit: unit.set_readiness([record.with_counters(5, 0, False, None)]))
    ledger.kernel.storage.write(lambda unit: unit.prune_vectors("another@1"))
    found = findings(ledger)
    assert found["readiness"].severity == "damage"
    assert found["vectors"].message.startswith(f"3 tasks have no vector of {model}")
    assert "1 missing" in found["index vectors/tiny"].message
    assert "ghost" in found["index vectors/tiny"].message
    answer = ledger.call("system.repair", Repair())
    assert len(answer.repaired) == 3
    assert all(one.equal for one in answer.comparisons)
    assert kinds(ledger)[-1] == "system.repaired"
    assert {one.severity for one in findings(ledger).values()} == {"ok"}


def test_a_task_is_looked_up_in_every_store(spaces: Workspaces) -> None:
    ledger = spaces.open()
    (task_id,) = add(ledger, "One")
    ledger.call("index.rebuild", RebuildIndexes())
    ledger.tasks.update_task(task_id, title="Two")
    found = ledger.call("task.stores", TaskRef(task_id=task_id))
    assert (found.primary, found.text, found.vectors) == (2, 2, {"hashing@1": 1})
    assert found.indexes == {"vectors/tiny": 1, "projection/tiny": 1, "projection/apart": 1}
    ledger.tasks.delete_task(task_id)
    found = ledger.call("task.stores", TaskRef(task_id=task_id))
    assert (found.primary, found.text) == (3, None)


def test_a_rebuild_is_handed_to_the_process_that_hosts_the_index(spaces: Workspaces) -> None:
    path = spaces.new()
    with hosted(spaces.open(path)):
        other = spaces.open(path)
        add(other, "One", "Two")
        eventually(lambda: [one.generation for one in other.call("service.list", ServiceNames()).indexes] == [1, 1, 1])
        (rebuilt,) = other.call("index.rebuild", RebuildIndexes(index="vectors")).rebuilt
        assert (rebuilt.index, rebuilt.generation, rebuilt.tasks) == ("vectors/tiny", 2, 2)
        assert findings(other)["index vectors/tiny"].severity == "ok"
        with pytest.raises(NotFound):
            other.call("index.rebuild", RebuildIndexes(index="absent"))
        with other.kernel.storage.read() as reader:
            assert (reader.memos("request"), reader.memos("reply")) == ({}, {})


def test_a_damaged_index_is_made_anew_by_the_host(spaces: Workspaces) -> None:
    path = spaces.new()
    with Vespera.open(path, actor="ann") as ledger:
        add(ledger, "One", "Two")
        ledger.call("index.rebuild", RebuildIndexes())
    (path / ".vespera" / "vectors" / "tiny" / "g1" / "files" / "tiny.db").write_bytes(b"garbage" * 500)
    with hosted(spaces.open(path)):
        other = spaces.open(path)

        def found() -> Any:
            return other.call("service.list", ServiceNames()).indexes[0]

        eventually(lambda: found().generation == 2 and found().behind == 0)
