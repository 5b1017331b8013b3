"""T3: what was acknowledged survives a power cut at any moment.

The store's own code runs on a SQLite whose every write and sync is recorded. From the record, images are built of what
a power cut may leave: everything synced, and any part of the rest. Each image is opened with the shipping engine.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import pytest

from reliability.support.disk import MODES, Disk, Op, Platter
from reliability.support.dose import dose, say
from reliability.support.engine import Engine, running_on
from reliability.support.load import Mirror, run_load
from reliability.support.workspaces import copy_workspace, doctor_faults, store_file
from vespera_core.app.application import Vespera
from vespera_core.model.event import EventRow
from vespera_core.model.query import EventQuery

WORKS = 90
"""How many writes a recorded run attempts."""


@dataclass
class Recording:
    """One recorded run: the file it began with, every operation on the disk, and what was acknowledged after which."""

    workspace: Path
    start: dict[str, bytes]
    ops: list[Op]
    said: list[tuple[int, list[Any]]]
    log: list[EventRow]

    @property
    def wal(self) -> str:
        return str(store_file(self.workspace)) + "-wal"

    def syncs(self, file: str) -> int:
        return sum(op.kind == "sync" and op.file == file for op in self.ops)


def record(
    workspace: Path, rng: Random, *, threads: int, autocheckpoint: int | None, synchronous: str = "FULL"
) -> Recording:
    """Run the random load on a watched disk."""
    name = str(store_file(workspace))
    start, said = {name: Path(name).read_bytes()}, []
    disk = Disk(f"watched-{rng.randrange(1 << 30)}")
    with running_on(Engine(disk.name, synchronous=synchronous, autocheckpoint=autocheckpoint)):
        run_load(
            workspace, rng.randrange(1 << 30), [], lambda line: said.append((len(disk.ops), list(line))),
            threads=threads, steps=WORKS // threads,
        )  # fmt: skip
    disk.unregister()
    broken = [line for _, line in said if line[0] == "broken"]
    assert broken == []
    return Recording(workspace, start, disk.ops, said, _log(workspace))


def _log(workspace: Path) -> list[EventRow]:
    with Vespera.open(workspace, actor="checker") as ledger, ledger.kernel.storage.read() as reader:
        return list(reader.event_rows(EventQuery()))


def images(recording: Recording, count: int, rng: Random) -> Iterator[tuple[int, str, dict[str, bytes]]]:
    """Cuts at random places of the record, each with one way to lose what was not synced."""
    platter, played = Platter(recording.start), 0
    for cut in sorted(rng.randrange(1, len(recording.ops) + 1) for _ in range(count)):
        for op in recording.ops[played:cut]:
            platter.play(op)
        played = cut
        mode = rng.choice(MODES)
        yield cut, mode, platter.image(mode, rng)


def image_faults(recording: Recording, cut: int, image: dict[str, bytes], folder: Path) -> list[str]:
    """Open what the power cut left, with the shipping engine, and compare it with what had been acknowledged."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / ".vespera").mkdir(parents=True)
    shutil.copy(recording.workspace / ".vespera" / "config.toml", folder / ".vespera")
    for name, content in image.items():
        (folder / ".vespera" / Path(name).name).write_bytes(content)
    said = [line for position, line in recording.said if position <= cut]
    try:
        with Vespera.open(folder, actor="checker") as ledger:
            mirror = Mirror()
            faults = mirror.faults(ledger, said) + mirror.key_faults(folder) + doctor_faults(ledger)
        log = _log(folder)
    except Exception as error:
        return [f"it cannot be read: {type(error).__name__}: {error}"]
    return faults if log == recording.log[: len(log)] else [*faults, "the log is not a beginning of what was written"]


def survey(recording: Recording, count: int, rng: Random, folder: Path) -> dict[str, list[str]]:
    """Every image that is not as it should be, with what is wrong."""
    found = {}
    for number, (cut, mode, image) in enumerate(images(recording, count, rng)):
        faults = image_faults(recording, cut, image, folder)
        if faults:
            found[f"image {number}: cut after operation {cut} of {len(recording.ops)}, kept {mode}"] = faults
    return found


def test_no_power_cut_loses_an_acknowledged_write(template: Path, tmp_path: Path, rng: Random) -> None:
    runs, wanted = dose(2, 20), dose(200, 5000)
    for number in range(runs):
        workspace = copy_workspace(template, tmp_path / f"run-{number}")
        threads, autocheckpoint = ((1, 25), (4, None), (4, 60))[number % 3]
        recording = record(workspace, rng, threads=threads, autocheckpoint=autocheckpoint)
        acknowledged = sum(line[0] in ("ack", "made", "comment", "lease") for _, line in recording.said)
        kinds = Counter(op.kind for op in recording.ops)
        say(f"run {number}: {threads} threads, {len(recording.log)} events, {acknowledged} acknowledged, {dict(kinds)}")
        assert acknowledged > WORKS // 2
        assert recording.syncs(recording.wal) > WORKS // 8, "a run without syncs shows nothing"
        if autocheckpoint:
            assert recording.syncs(str(store_file(workspace))) > 2, "no checkpoint fell into this run"
        assert survey(recording, wanted // runs, rng, tmp_path / "image") == {}


def test_every_acknowledgement_comes_after_its_sync(workspace: Path, rng: Random) -> None:
    """With one thread there is no doubt: when a call returns, the log holds nothing that is not on the disk."""
    recording = record(workspace, rng, threads=1, autocheckpoint=25)
    platter, played = Platter(recording.start), 0
    for position, line in recording.said:
        for op in recording.ops[played:position]:
            platter.play(op)
        played = position
        if line[0] in ("ack", "made", "comment", "lease"):
            assert platter.pending(recording.wal) == 0, f"{line} was answered before it was on the disk"
    assert recording.syncs(recording.wal) > WORKS // 3


def test_the_checker_sees_a_store_that_does_not_sync(workspace: Path, tmp_path: Path, rng: Random) -> None:
    """The planted bug: the same code with ``synchronous = OFF`` must lose writes in most images."""
    recording = record(workspace, rng, threads=4, autocheckpoint=60, synchronous="OFF")
    assert recording.syncs(recording.wal) == 0
    count = dose(60, 300)
    found = survey(recording, count, rng, tmp_path / "image")
    say(f"synchronous = OFF: {len(found)} of {count} images lost or broken")
    assert len(found) > count // 2


@pytest.mark.skipif(
    shutil.which("strace") is None, reason="strace is not installed: the shipping engine is not watched"
)
def test_the_shipping_engine_syncs_before_it_answers(workspace: Path, tmp_path: Path) -> None:
    """The images above come from apsw's SQLite; this watches the system calls of the standard library's."""
    script = (
        "import os, sys\n"
        "from vespera_core.app.application import Vespera\n"
        "with Vespera.open(sys.argv[1], actor='watched') as ledger:\n"
        "    for number in range(20):\n"
        "        ledger.tasks.create_task(f'task {number}')\n"
        "        os.write(1, b'answered')\n"
    )
    trace = tmp_path / "trace"
    command = ["strace", "-f", "-y", "-o", str(trace), "-e", "trace=pwrite64,fdatasync,fsync,write"]
    done = subprocess.run([*command, sys.executable, "-c", script, str(workspace)], capture_output=True, text=True)
    if "ptrace" in done.stderr.lower() and "not permitted" in done.stderr.lower():
        pytest.skip(f"strace may not trace here: {done.stderr.strip()[:200]}")
    assert done.returncode == 0, done.stderr
    unsynced, answers, syncs = 0, 0, 0
    for line in trace.read_text().splitlines():
        if "vespera.db-wal" in line and "pwrite64" in line:
            unsynced += 1
        elif "vespera.db-wal" in line and "sync(" in line:
            unsynced, syncs = 0, syncs + 1
        elif "answered" in line:
            answers += 1
            assert unsynced == 0, f"answer {answers} came before the sync of the log"
    assert (answers, syncs >= 20) == (20, True)
