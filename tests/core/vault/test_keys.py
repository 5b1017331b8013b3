"""Keys of a workspace: proved before use, never replaced in silence, rotated without losing anything."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from planting import planted
from reliability.support.dose import dose, rng_of
from vespera_core.app.application import Vespera, init_workspace
from vespera_core.app.requests import Nothing
from vespera_core.app.vault.requests import KeyStatus, RevealTask, RotateKeys
from vespera_core.errors import InvalidInput, KeyFault, Unsupported

SECRET = {"iban": "PLANTED-VALUE"}


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Vespera]:
    init_workspace(tmp_path, prefix="web", actor="ann")
    with Vespera.open(tmp_path, actor="ann") as opened:
        yield opened


def sealed(ledger: Vespera, number: int = 1) -> list[str]:
    return [
        ledger.tasks.create_task(f"t{one}", metadata={"sensitive": {**SECRET, "n": one}}).task_id
        for one in range(number)
    ]


def opened(ledger: Vespera, task_id: str) -> Any:
    return ledger.call("task.reveal", RevealTask(task_id=task_id)).sensitive


def key_file(ledger: Vespera) -> Path:
    assert ledger.folder is not None
    return ledger.folder / "keys.json"


def kids(ledger: Vespera, purpose: str = "encryption") -> list[str]:
    return [one.kid for one in ledger.call("keys.status", KeyStatus()).keys if one.purpose == purpose]


def test_no_key_is_made_before_one_is_needed(ledger: Vespera) -> None:
    ledger.tasks.create_task("x", metadata={"plain": 1})
    status = ledger.call("keys.status", KeyStatus())
    assert (status.keys, status.secrets, status.fault) == ((), 0, None)
    assert not key_file(ledger).exists()


def test_keys_never_show(ledger: Vespera) -> None:
    sealed(ledger)
    secret = json.loads(key_file(ledger).read_text())["keys"]["encryption"][0]["secret"]
    shown = repr(ledger.call("keys.status", KeyStatus())) + repr(ledger.call("keys.rotate", RotateKeys()))
    assert secret not in shown
    assert secret not in repr(ledger.kernel.vault.provider.keys("encryption"))


@pytest.mark.parametrize("damage", ["gone", "other", "cut"])
def test_with_other_keys_nothing_is_sealed_or_opened(ledger: Vespera, damage: str) -> None:
    (task,) = sealed(ledger)
    path = key_file(ledger)
    before = path.read_bytes()
    if damage == "gone":
        path.unlink()
    elif damage == "cut":
        path.write_bytes(before[:-40])
    else:
        text = json.loads(before)
        text["keys"]["encryption"][0] |= {"secret": "A" * 43 + "=", "kid": "other"}
        path.write_text(json.dumps(text))
        path.chmod(0o600)
    left = path.read_bytes() if path.exists() else None
    with Vespera.open(path.parent.parent, actor="ann") as again:
        for act in (
            lambda: opened(again, task),
            lambda: sealed(again),
            lambda: again.call("keys.rotate", RotateKeys()),
            again.kernel.vault.check,
        ):
            with pytest.raises(KeyFault):
                act()
        assert again.tasks.ready().total == 1  # all that needs no key goes on
        assert not again.call("system.doctor", Nothing()).healthy
    assert (path.read_bytes() if path.exists() else None) == left
    path.write_bytes(before)
    path.chmod(0o600)
    with Vespera.open(path.parent.parent, actor="ann") as again:
        assert opened(again, task)["n"] == 0


def test_rotation_seals_everything_anew_and_lets_old_keys_go(ledger: Vespera) -> None:
    tasks = sealed(ledger, 3)
    first = kids(ledger)
    with ledger.kernel.storage.read() as reader:
        before = reader.secrets()
    answer = ledger.call("keys.rotate", RotateKeys())
    assert (answer.resealed, answer.kept, answer.retired) == (3, first[0], ())
    assert kids(ledger) == [answer.kid, first[0]]
    with ledger.kernel.storage.read() as reader:
        after = reader.secrets()
    assert before.keys() == after.keys()
    assert not set(before.values()) & set(after.values())
    again = ledger.call("keys.rotate", RotateKeys())
    assert again.retired == (first[0],)
    assert kids(ledger) == [again.kid, answer.kid]
    assert [opened(ledger, one)["n"] for one in tasks] == [0, 1, 2]
    assert len(ledger.tasks.history().events) == 4  # three tasks and their project: keys are no events


def test_a_dry_run_makes_nothing(ledger: Vespera) -> None:
    sealed(ledger, 2)
    before = key_file(ledger).read_bytes()
    answer = ledger.call("keys.rotate", RotateKeys(dry_run=True))
    assert (answer.kid, answer.resealed, answer.dry_run) == (None, 2, True)
    assert key_file(ledger).read_bytes() == before


def test_signing_keys_rotate_apart(ledger: Vespera) -> None:
    first = ledger.kernel.vault.signing_keys()
    answer = ledger.call("keys.rotate", RotateKeys(purpose="signing"))
    assert [one.kid for one in ledger.kernel.vault.signing_keys()] == [answer.kid, first[0].kid]
    assert kids(ledger) == []
    with pytest.raises(InvalidInput, match="purpose"):
        ledger.call("keys.rotate", RotateKeys(purpose="none"))


def test_another_process_that_is_open_goes_on(ledger: Vespera) -> None:
    (task,) = sealed(ledger)
    assert ledger.folder is not None
    with Vespera.open(ledger.folder.parent, actor="bob") as other:
        assert opened(other, task)["n"] == 0
        ledger.call("keys.rotate", RotateKeys())
        ledger.call("keys.rotate", RotateKeys())
        assert opened(other, task)["n"] == 0
        (new,) = sealed(other)
    assert opened(ledger, new)["n"] == 0


def test_keys_of_the_environment_are_rotated_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VESPERA_KEYS", "environment")
    monkeypatch.setenv("VESPERA_ENCRYPTION_KEYS", "A" * 43 + "=")
    init_workspace(tmp_path, prefix="web", actor="ann")
    with Vespera.open(tmp_path, actor="ann") as ledger:
        (task,) = sealed(ledger)
        with pytest.raises(Unsupported, match="only reads"):
            ledger.call("keys.rotate", RotateKeys())
        monkeypatch.setenv("VESPERA_ENCRYPTION_KEYS", f"{'B' * 42}A=,{'A' * 43}=")
        assert opened(ledger, task)["n"] == 0
        monkeypatch.setenv("VESPERA_ENCRYPTION_KEYS", f"{'B' * 42}A=")
        with pytest.raises(KeyFault):
            opened(ledger, task)
    assert not (tmp_path / ".vespera" / "keys.json").exists()


ROTATING = """
import sys
from vespera_core.app.application import Vespera
from vespera_core.app.vault import resealing
from vespera_core.app.vault.requests import RotateKeys
resealing._BATCH = 5
ledger = Vespera.open(sys.argv[1], actor="ann")
print("ready", flush=True)
while True:
    ledger.call("keys.rotate", RotateKeys())
"""


def test_a_rotation_may_be_killed_at_any_moment(ledger: Vespera, tmp_path: Path) -> None:
    rng: Random = rng_of("rotation")
    tasks = sealed(ledger, 40)
    for _ in range(dose(4, 100)):
        rotating = subprocess.Popen([sys.executable, "-c", ROTATING, str(tmp_path)], stdout=subprocess.PIPE)
        assert rotating.stdout is not None
        assert rotating.stdout.readline() == b"ready\n"
        time.sleep(rng.uniform(0, 0.3))
        rotating.send_signal(signal.SIGKILL)
        rotating.wait()
        rotating.stdout.close()
        with Vespera.open(tmp_path, actor="ann") as again:
            assert [opened(again, one)["n"] for one in tasks] == list(range(40))
    ledger.call("keys.rotate", RotateKeys())
    ledger.call("keys.rotate", RotateKeys())
    assert len(kids(ledger)) == 2
    assert [opened(ledger, one)["n"] for one in tasks] == list(range(40))
    assert ledger.call("system.doctor", Nothing()).healthy
    ledger.close()
    assert planted(tmp_path, "PLANTED-VALUE") == []
