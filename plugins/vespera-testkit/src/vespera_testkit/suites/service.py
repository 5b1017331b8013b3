"""The suite of background services: they do their work, say what they did, and end when they are told to."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, Final

import pytest

from vespera_core.app.application import Vespera
from vespera_core.app.services.board import Wanted
from vespera_core.app.services.settings import checked, service_class, settings_of
from vespera_core.app.services.worker import Worker
from vespera_core.ports.service import Report, Service
from vespera_testkit.conformance import Conformance
from vespera_testkit.world.clock import DAY, FakeClock
from vespera_testkit.world.furnishing import contents, furnish
from vespera_testkit.world.ledgers import STORES, Ledgers
from vespera_testkit.world.patience import answered, awaited, ended

RUNS: Final = 50
"""As many runs bring a service level with a small ledger."""
Make = Callable[[Vespera], Service]


class ServiceConformance(Conformance):
    """What every service keeps. `make(ledger)` is one for an open ledger, made as the core makes it.

    >>> class TestAcme(ServiceConformance):  # doctest: +SKIP
    ...     provider = "acme"
    """

    kind: ClassVar[str] = "service"

    @pytest.fixture
    def ledgers(self, vespera_template: Path, vespera_scratch: Path) -> Iterator[Ledgers]:
        """Makes ledgers whose clock stands still."""
        made = Ledgers(vespera_template, vespera_scratch, FakeClock())
        yield made
        made.close()

    @pytest.fixture(params=STORES)
    def ledger(self, request: pytest.FixtureRequest, ledgers: Ledgers) -> Vespera:
        """An empty ledger on each store, in a process that hosts services."""
        opened = ledgers.open(request.param)
        opened.kernel.engines.hosting = True
        return opened

    @pytest.fixture
    def furnished(self, ledger: Vespera, ledgers: Ledgers) -> Vespera:
        """A ledger with something of everything in it, some of it long ago."""
        furnish(ledger)
        ledgers.clock.at += 3 * DAY
        return ledger

    @pytest.fixture
    def make(self, settings: dict[str, Any]) -> Iterator[Make]:
        """Makes services, and closes them in the end, twice."""
        made: list[Service] = []

        def new(ledger: Vespera) -> Service:
            made.append(service_class(self.offer().item)(ledger.kernel, self.in_force(ledger, settings)))
            return made[-1]

        yield new
        for service in (*made, *made):
            service.close()

    def in_force(self, ledger: Vespera, settings: dict[str, Any]) -> dict[str, Any]:
        """The service's defaults with a test's own settings, read as a configuration is."""
        usual = settings_of(ledger.kernel, self.offer().item, {})
        return {**usual, **{key: checked(self.provider, usual, key, value) for key, value in settings.items()}}

    # ------------------------------------------------------------ what it is

    def test_its_name_leads_to_a_service(self) -> None:
        """``module:attribute`` names a class of `Service`, which is made with a ledger and settings."""
        assert issubclass(service_class(self.offer().item), Service)

    def test_its_settings_can_be_set(self) -> None:
        """Every default is JSON, and can be given by hand as it stands; `interval` is a number of seconds above 0.

        If this fails: `vespera services configure` reads texts, truths and numbers above 0, and nothing else.
        """
        defaults = {"interval": 60.0, **service_class(self.offer().item).defaults}
        assert json.loads(json.dumps(defaults, allow_nan=False)) == defaults
        assert isinstance(defaults["interval"], (int, float))
        for key, value in defaults.items():
            assert checked(self.provider, defaults, key, value) == value, key

    # ------------------------------------------------------------ running

    def test_it_runs_where_there_is_nothing(self, ledger: Vespera, make: Make) -> None:
        """An empty ledger is one in which there is nothing to do, and no fault."""
        assert sane(answered(lambda: make(ledger).run(never)))

    def test_it_says_what_it_did(self, furnished: Vespera, make: Make) -> None:
        """Each run ends by itself and answers counts that are not below 0, with a text for people."""
        service = make(furnished)
        for _ in range(3):
            assert sane(answered(lambda: service.run(never)))

    def test_it_comes_to_an_end(self, furnished: Vespera, make: Make) -> None:
        """Where nothing happens any more it asks for no further run.

        If this fails: `again` is True although everything is done, and the service runs without a pause.
        """
        assert not self.level(make(furnished)).again

    def test_with_nothing_to_do_it_changes_nothing(self, furnished: Vespera, make: Make) -> None:
        """Once it is level with the ledger, further runs leave every task, project and fact, and the log, alone.

        If this fails: it writes an event in each run, and the log grows while everybody sleeps.
        """
        service = make(furnished)
        self.level(service)
        before = contents(furnished)
        for _ in range(2):
            answered(lambda: service.run(never))
        assert contents(furnished) == before

    def test_it_ends_early_when_it_is_asked_to(self, furnished: Vespera, make: Make) -> None:
        """Told to stop at once, or after a few questions, a run ends without a fault; the next one goes on."""
        for patience in (0, 1, 5):
            service, asked = make(furnished), iter(range(patience))
            assert sane(answered(partial(service.run, partial(is_over, asked))))
        assert not self.level(make(furnished)).again

    def test_another_one_goes_on_where_one_stopped(self, furnished: Vespera, make: Make) -> None:
        """Whatever it must remember is in the ledger, or can be found there: the next process finds nothing to do."""
        self.level(first := make(furnished))
        first.close()
        before = contents(furnished)
        assert sane(self.level(make(furnished)))
        assert contents(furnished) == before

    def level(self, service: Service) -> Report:
        """Run it until it asks for no more; answers the last report."""
        for _ in range(RUNS):
            report: Report = answered(lambda: service.run(never))
            if not report.again:
                break
        return report

    # ------------------------------------------------------------ the pulse

    def test_its_pulse_is_steady_while_nothing_happens(self, furnished: Vespera, make: Make) -> None:
        """Looked at again and again it is the same, and looking changes nothing: each change of it is a run."""
        service = make(furnished)
        self.level(service)
        before, first = contents(furnished), service.pulse()
        for _ in range(20):
            assert answered(service.pulse) == first
        assert contents(furnished) == before

    def test_its_pulse_is_cheap(self, furnished: Vespera, make: Make) -> None:
        """It is looked at several times a second, day and night: a look costs no more than reading forty tasks does."""
        service = make(furnished)
        self.level(service)
        assert seconds(service.pulse) < 5 * seconds(lambda: contents(furnished))

    # ------------------------------------------------------------ hosting

    def test_it_is_hosted(self, ledgers: Ledgers, settings: dict[str, Any]) -> None:
        """On the core's own thread it runs, tells the board so without a fault, and stops when it is asked to."""
        ledger = ledgers.open("sqlite")
        ledger.kernel.engines.hosting = True
        assert ledger.folder is not None
        told: list[dict[str, Any]] = []
        wanted = Wanted(settings=settings)
        worker = Worker(
            ledger.kernel, ledger.folder, self.offer().item, lambda _: wanted, lambda _, it: told.append(it),
            lambda _: None,
        )  # fmt: skip
        worker.start()
        try:
            awaited(lambda: any("last_run" in one or one["error"] for one in told), "the first run")
        finally:
            worker.end()
            worker.join()
        assert [one["error"] for one in told if one["error"]] == []
        assert told[-1]["status"] == "stopped"

    def test_it_may_be_closed_without_having_run(self, ledger: Vespera, make: Make) -> None:
        """Closing lets go of what there is, and closing twice is fine."""
        service = make(ledger)
        service.close()
        service.close()

    def test_a_ledger_that_fails_ends_the_run(self, ledgers: Ledgers, make: Make) -> None:
        """With the store closed under it, a run ends: by an exception, or with a report that nothing was done.

        If this fails: faults are swallowed, and people read that all is well; or it waits for a store that never comes.
        """
        ledger = furnish(ledgers.open("sqlite"))
        service = make(ledger)
        ledger.kernel.storage.close()
        told = ended(lambda: service.run(never))
        if isinstance(told, Report):
            assert told.done == 0, told
        else:
            assert isinstance(told, Exception), told


def is_over(asked: Iterator[int]) -> bool:
    """Whether it was asked so often already."""
    return next(asked, None) is None


def never() -> bool:
    """Nobody asks it to stop."""
    return False


def sane(report: Report) -> bool:
    """Whether a report can be shown."""
    numbers = [isinstance(one, int) and not isinstance(one, bool) and one >= 0 for one in (report.done, report.lag)]
    return isinstance(report, Report) and all(numbers) and type(report.text) is str and type(report.again) is bool


def seconds(work: Callable[[], Any]) -> float:
    """The least processor time of some tries."""
    tries = []
    for _ in range(5):
        start = time.thread_time()
        work()
        tries.append(time.thread_time() - start)
    return min(tries)
