"""Engines in a child process: what they answer and raise, how they die, and that nothing outlives anything."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from projecting import tiny
from vespera_core.app.engines import isolation
from vespera_core.app.engines.child import Opening
from vespera_core.app.engines.isolation import Engine, IsolatedProjection
from vespera_core.app.engines.wire import described, revived
from vespera_core.app.projections.feeder import EngineDown
from vespera_core.app.projections.locks import ProcessLock
from vespera_core.errors import EngineFault, StoreFull, Unsupported
from vespera_core.model.task import Task
from vespera_core.ports.projection import Gone, Projected
from vespera_core.ports.provider import OpenContext

MAKER = "tiny (tiny-plugin 1.0)"


def task(title: str, version: int = 1) -> Projected:
    return Projected(Task(title.split(maxsplit=1)[0].lower(), "p", title, version=version), "todo", None)


class Odd(tiny.Tiny):
    """An engine with every bad habit."""

    def check(self) -> Any:
        sys.stdout.write("to stdout\n")
        sys.stdout.flush()
        sys.stderr.write("to stderr\n")
        return super().check()

    def versions(self) -> dict[str, int]:
        if (self._folder / "unsupported").exists():
            raise Unsupported("not that", hint="none", odd=object())
        if (self._folder / "slow").exists():
            time.sleep(30)
        return super().versions()


def open_odd(_settings: dict[str, Any], context: OpenContext) -> Odd:
    assert context.folder is not None
    if (context.folder / "refuse").exists():
        raise RuntimeError("it will not open")
    if (context.folder / "die").exists():
        os.kill(os.getpid(), signal.SIGKILL)
    return Odd(context.folder)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where an engine keeps its files."""
    made = tmp_path / "index" / "g1"
    made.mkdir(parents=True)
    return made


def opening(folder: Path) -> Opening:
    return Opening(open_odd, {}, str(folder), "name", 0, "")


@pytest.fixture
def engine(folder: Path) -> Iterator[Engine]:
    made = Engine(opening(folder), MAKER, None)
    yield made
    made.close()


def test_calls_go_over_and_answers_come_back(engine: Engine) -> None:
    projection = IsolatedProjection(engine)
    projection.apply([task("One"), task("Two", 3)], [])
    projection.apply([], [Gone("one", 2)])
    assert projection.versions() == {"two": 3}
    assert projection.load(task(f"T{number} x") for number in range(1203)) == 1203
    assert len(projection.versions()) == 1204


def test_what_the_engine_prints_disturbs_nobody(engine: Engine, folder: Path) -> None:
    assert [one.severity for one in IsolatedProjection(engine).check()] == ["ok"]
    said = (folder.parent / "engine.log").read_text()
    assert "to stdout" in said
    assert "to stderr" in said


def test_errors_keep_their_class_where_it_is_ours(engine: Engine, folder: Path) -> None:
    (folder / "unsupported").touch()
    with pytest.raises(Unsupported, match="not that") as caught:
        engine.call("versions")
    assert caught.value.details == {"hint": "none"}
    with pytest.raises(EngineFault, match=r"tiny \(tiny-plugin 1.0\) failed: ValueError: this cannot be taken"):
        engine.call("apply", [task("POISON")], [])
    assert isinstance(revived(described(StoreFull("full", next="x")), MAKER), StoreFull)
    assert isinstance(revived(("SystemExit", "1", "", {}), MAKER), EngineFault)


def test_an_engine_that_dies_is_started_again(engine: Engine) -> None:
    engine.call("apply", [task("One")], [])
    with pytest.raises(EngineFault, match=r"ended in 'apply' \(signal 9\)"):
        engine.call("apply", [task("CRASH")], [])
    assert engine.call("versions") == {"one": 1}


def test_an_engine_that_dies_again_and_again_is_down(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(isolation, "_DEATHS", 3)
    for _ in range(2):
        with pytest.raises(EngineFault) as caught:
            engine.call("apply", [task("CRASH")], [])
        assert not isinstance(caught.value, EngineDown)
    with pytest.raises(EngineDown, match="died 3 times"):
        engine.call("apply", [task("CRASH")], [])
    with pytest.raises(EngineDown):
        engine.call("versions")


def test_a_call_that_takes_too_long_is_cut_off(engine: Engine, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(isolation.LIMITS, "versions", 0.3)
    (folder / "slow").touch()
    with pytest.raises(EngineFault, match="did not finish 'versions' in time"):
        engine.call("versions")
    (folder / "slow").unlink()
    assert engine.call("versions") == {}


@pytest.mark.parametrize(("habit", "said"), [("refuse", "it will not open"), ("die", "ended in 'open'")])
def test_an_engine_that_does_not_open_says_why(folder: Path, habit: str, said: str) -> None:
    (folder / habit).touch()
    with pytest.raises(EngineFault, match=said):
        Engine(opening(folder), MAKER, None)


def test_an_error_in_the_middle_of_a_load_reaches_the_caller(engine: Engine) -> None:
    def tasks() -> Iterator[Projected]:
        yield from (task(f"T{number} x") for number in range(600))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        engine.load(tasks())
    assert engine.call("versions") is not None, "it goes on with a new child"
    with pytest.raises(EngineFault, match="this cannot be taken"):
        engine.load(iter([task("One"), task("POISON")]))
    assert engine.load(iter([task("Two")])) == 1


def test_a_closed_engine_answers_no_more_and_its_child_is_gone(folder: Path) -> None:
    engine = Engine(opening(folder), MAKER, None)
    process = engine._process
    assert process is not None
    engine.close()
    engine.close()
    assert process.poll() is not None
    with pytest.raises(EngineFault, match="is closed"):
        engine.call("versions")


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def eventually(check: Any, seconds: float = 20.0) -> bool:
    deadline = time.monotonic() + seconds
    while not check():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def test_the_child_ends_with_a_killed_parent_and_keeps_the_lock_until_then(folder: Path) -> None:
    """A parent that dies must not let anybody open the folder while the child may still write to it."""
    code = f"""
import sys, time
sys.path[:0] = {[str(Path(__file__).parents[2])]!r}
from pathlib import Path
from projecting.tiny import open_tiny
from vespera_core.app.engines.child import Opening
from vespera_core.app.engines.isolation import Engine
from vespera_core.app.projections.locks import ProcessLock
folder = Path({str(folder)!r})
lock = ProcessLock(folder.parent / "lock")
assert lock.take()
engine = Engine(Opening(open_tiny, {{}}, str(folder), "n", 0, ""), "tiny", lock.descriptor)
print(engine._process.pid, flush=True)
from vespera_core.model.task import Task
from vespera_core.ports.projection import Projected
engine.call("apply", [Projected(Task("one", "p", "HANG here"), "todo", None)], [])
engine.call("apply", [Projected(Task(f"t{{n}}", "p", "HANG here"), "todo", None) for n in range(3)], [])
"""
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    time.sleep(1.5)  # the child is in the middle of its second batch
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    lock = ProcessLock(folder.parent / "lock")
    assert alive(child)
    assert not lock.take(), "the child still writes"
    assert eventually(lambda: not alive(child))
    assert eventually(lock.take)
    lock.free()


def test_an_interrupt_of_the_terminal_does_not_reach_the_child(engine: Engine) -> None:
    process = engine._process
    assert process is not None
    assert os.getsid(process.pid) != os.getsid(0)
    for number in (signal.SIGINT, signal.SIGTERM):
        process.send_signal(number)
    time.sleep(0.2)
    assert engine.call("versions") == {}
