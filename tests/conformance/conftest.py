"""Fixtures of the conformance suites."""

from __future__ import annotations

import os
import resource
import shutil
from collections.abc import Iterator
from pathlib import Path
from tempfile import mkdtemp

import pytest

from conformance.support import STORES, Bench, FakeClock, Ledgers, make_template, open_storage, scratch_folder
from vespera_core.app.application import Vespera
from vespera_core.ports.storage import Storage

MOST_MEMORY = 4 * 2**30


@pytest.fixture(scope="session", autouse=True)
def _own_surroundings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No setting of the person who runs the tests reaches the stores under test."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [one for one in os.environ if one.startswith("VESPERA_")]:
            patch.delenv(name)
        yield


@pytest.fixture(scope="session")
def scratch() -> Iterator[Path]:
    """A quick disk for stores that live as long as one test."""
    with scratch_folder() as folder:
        yield folder


@pytest.fixture(scope="session")
def template(scratch: Path) -> Path:
    """A migrated, empty workspace, to be copied."""
    return make_template(scratch / "template")


@pytest.fixture
def clock() -> FakeClock:
    """The one clock of a test."""
    return FakeClock()


@pytest.fixture(scope="session")
def empty_stores(scratch: Path) -> dict[str, Path]:
    """The empty place of each provider, to be copied."""
    places = {name: scratch / f"empty-{name}" for name in STORES}
    for name, place in places.items():
        place.mkdir()
        open_storage(name, place, FakeClock()).close()
    return places


@pytest.fixture(params=STORES)
def bench(
    request: pytest.FixtureRequest, empty_stores: dict[str, Path], scratch: Path, clock: FakeClock
) -> Iterator[Bench]:
    """A fresh store of each provider."""
    folder = Path(mkdtemp(dir=scratch)) / "store"
    shutil.copytree(empty_stores[request.param], folder)

    def again(storage: Storage) -> Storage:
        storage.close()
        return open_storage(request.param, folder, clock)

    kept = request.param != "memory"
    bench = Bench(open_storage(request.param, folder, clock), clock, snapshots=kept, again=again if kept else None)
    yield bench
    bench.storage.close()
    shutil.rmtree(folder.parent)


@pytest.fixture
def ledgers(template: Path, scratch: Path, clock: FakeClock) -> Iterator[Ledgers]:
    """Makes ledgers on the test's clock."""
    made = Ledgers(template, scratch, clock)
    yield made
    made.close()


@pytest.fixture(params=STORES)
def ledger(request: pytest.FixtureRequest, ledgers: Ledgers) -> Vespera:
    """A fresh ledger on each store, for the actor ann."""
    return ledgers.open(request.param)


@pytest.fixture
def bounded_memory() -> Iterator[None]:
    """Work that runs away in a circle fails in this test, before it takes the machine's memory."""
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(
        resource.RLIMIT_AS, (MOST_MEMORY if hard == resource.RLIM_INFINITY else min(MOST_MEMORY, hard), hard)
    )
    yield
    resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
