"""Rotation that was interrupted, keys that come by themselves, secrets that do not open, and starts with wrong keys."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from vespera_core.app.application import Vespera, init_workspace
from vespera_core.app.care.restoring import restore_backup
from vespera_core.app.requests import BackupFile, Nothing
from vespera_core.app.services.requests import Repair
from vespera_core.app.vault import resealing
from vespera_core.app.vault.requests import RevealTask, RotateKeys
from vespera_core.app.vault.vault import Vault
from vespera_core.errors import KeyFault, Unsupported
from vespera_core.model.sensitive import ref_of
from vespera_core.ports.keys import Key, KeyProvider

PLAIN = {"iban": "DE89"}
_RUN = "from vespera_core.cli.main import main; main()"


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with a sealed secret, to be copied."""
    folder = tmp_path_factory.mktemp("template")
    init_workspace(folder, prefix="web", actor="ann")
    with Vespera.open(folder, actor="ann") as ledger:
        ledger.tasks.create_task("x", task_id="web-1", metadata={"sensitive": PLAIN})
        ledger.tasks.create_task("y", task_id="web-2", metadata={"sensitive": PLAIN})
    return folder


@pytest.fixture
def place(template: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(template, tmp_path / "place"))


@pytest.fixture
def ledger(place: Path) -> Iterator[Vespera]:
    with Vespera.open(place, actor="ann") as opened:
        yield opened


def rotate(ledger: Vespera) -> Any:
    return ledger.call("keys.rotate", RotateKeys())


def revealed(ledger: Vespera, task_id: str = "web-1") -> Any:
    return ledger.call("task.reveal", RevealTask(task_id=task_id)).sensitive


def findings(ledger: Vespera) -> dict[str, tuple[str, str]]:
    return {one.check: (one.severity, one.message) for one in ledger.call("system.doctor", Nothing()).findings}


def test_what_was_interrupted_is_finished_with_the_key_that_was_made(
    ledger: Vespera, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Interrupted before the last step, whatever was sealed anew before it."""
    swap = resealing._swap
    steps: list[int] = []

    def interrupted(*given: Any) -> None:
        if steps:
            raise KeyboardInterrupt
        steps.append(1)
        swap(*given)

    monkeypatch.setattr(resealing, "_BATCH", 1)
    monkeypatch.setattr(resealing, "_swap", interrupted)
    with pytest.raises(KeyboardInterrupt):
        rotate(ledger)
    monkeypatch.setattr(resealing, "_swap", swap)
    made, before = ledger.kernel.vault.provider.keys("encryption")
    assert revealed(ledger) == PLAIN
    answer = rotate(ledger)
    assert (answer.kid, answer.kept, answer.resumed, answer.resealed) == (made.kid, before.kid, True, 2)
    assert resealing.unopened(ledger.kernel, (made,)) == []
    assert not rotate(ledger).resumed


def test_a_key_that_was_put_before_the_others_is_taken_up(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where keys are only read, whoever keeps them puts a new one first, and rotation does the rest."""
    old = json.loads((place / ".vespera" / "keys.json").read_text())["keys"]["encryption"][0]["secret"]
    new = b64encode(os.urandom(32)).decode()
    monkeypatch.setenv("VESPERA_KEYS", "environment")
    monkeypatch.setenv("VESPERA_ENCRYPTION_KEYS", f"{new},{old}")
    with Vespera.open(place, actor="ann") as ledger:
        answer = rotate(ledger)
        assert (answer.resumed, answer.resealed, answer.retired) == (True, 2, ())
        monkeypatch.setenv("VESPERA_ENCRYPTION_KEYS", new)
        assert revealed(ledger) == PLAIN
        with pytest.raises(Unsupported, match="only reads"):
            rotate(ledger)


def test_what_does_not_open_stays_and_keeps_the_keys(ledger: Vespera) -> None:
    ref = ref_of(ledger.tasks.get_task("web-1").metadata)
    assert ref is not None
    with ledger.kernel.storage.read() as reader:
        altered = bytearray(reader.secrets()[ref])
    altered[-1] ^= 1
    ledger.kernel.storage.write(lambda unit: unit.put_secrets({ref: bytes(altered)}))
    for _ in range(2):
        answer = rotate(ledger)
        assert (answer.resealed, answer.unopened, answer.retired) == (1, 1, ())
    assert len(ledger.kernel.vault.provider.keys("encryption")) == 3
    assert revealed(ledger, "web-2") == PLAIN
    with pytest.raises(KeyFault, match="altered"):
        revealed(ledger)
    assert findings(ledger)["keys"] == ("damage", f"secrets that cannot be opened: {ref}")
    with ledger.kernel.storage.read() as reader:
        assert reader.secrets()[ref] == bytes(altered)


def test_two_that_make_the_first_key_at_once_agree(tmp_path: Path) -> None:
    """Each had seen none: both keys are kept, and one text proves them."""
    init_workspace(tmp_path, prefix="web", actor="ann")
    with Vespera.open(tmp_path, actor="ann") as one, Vespera.open(tmp_path, actor="bob") as other:
        late, quick = Vault(one.kernel), Vault(other.kernel)
        alone = (late.new_key("encryption"),)
        quick.new_key("encryption")
        sealed = quick.seal(b"x", "c")
        provider = late.provider
        late._provider = FirstSees(provider, alone)
        assert late.unseal(late.seal(b"y", "c"), "c") == b"y"
        assert late.unseal(sealed, "c") == b"x"
        assert late.mixing_key() == quick.mixing_key()


class FirstSees(KeyProvider):
    """A provider whose first answer is an old one."""

    def __init__(self, provider: KeyProvider, seen: tuple[Key, ...]) -> None:
        self._provider, self._seen = provider, [seen]

    def keys(self, purpose: str) -> tuple[Key, ...]:
        return self._seen.pop() if self._seen else self._provider.keys(purpose)

    def add(self, purpose: str, key: Key) -> tuple[Key, ...]:
        return self._provider.add(purpose, key)

    def retire(self, purpose: str, kid: str) -> tuple[Key, ...]:
        return self._provider.retire(purpose, kid)


def test_a_backup_is_restored_before_its_keys_are(ledger: Vespera, tmp_path: Path, place: Path) -> None:
    ledger.call("system.backup", BackupFile(path=str(tmp_path / "copy")))
    init_workspace(tmp_path / "new", prefix="web", actor="ann")
    assert restore_backup(tmp_path / "new" / ".vespera", tmp_path / "copy")["tasks"] == 2
    with Vespera.open(tmp_path / "new", actor="ann") as again:
        severity, message = findings(again)["keys"]
        assert severity == "damage"
        assert "copy of the keys" in message
        with pytest.raises(KeyFault):
            again.tasks.create_task("z", metadata={"sensitive": PLAIN})
        shutil.copy(place / ".vespera" / "keys.json", tmp_path / "new" / ".vespera" / "keys.json")
        assert revealed(again) == PLAIN
        assert findings(again)["keys"][0] == "ok"


def test_repair_forgets_what_no_task_has(ledger: Vespera) -> None:
    ledger.tasks.delete_task("web-2")
    put = {"0" * 32: b"left over", "webhook/1": b"of another kind"}
    ledger.kernel.storage.write(lambda unit: unit.put_secrets(put))
    assert "forgot 1 sealed maps that no task has" in ledger.call("system.repair", Repair()).repaired
    with ledger.kernel.storage.read() as reader:
        assert put.keys() & reader.secrets().keys() == {"webhook/1"}
    ledger.tasks.restore_task("web-2")
    assert revealed(ledger, "web-2") == PLAIN


@pytest.mark.parametrize(
    "words", [["keys", "check"], ["services", "run", "--for", "1s"], ["worker", "--once", "--", "true"],
              ["serve", "--port", "0"]],
)  # fmt: skip
def test_who_lives_long_does_not_start_with_other_keys(place: Path, words: list[str]) -> None:
    (place / ".vespera" / "keys.json").unlink()
    done = subprocess.run(
        [sys.executable, "-c", _RUN, "-C", str(place), *words], capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (5, "")
    assert "no key that opens them" in done.stderr
    assert "Put back the copy of the keys" in done.stderr
    assert not (place / ".vespera" / "keys.json").exists()


def test_the_usual_commands_need_no_key(place: Path) -> None:
    (place / ".vespera" / "keys.json").unlink()
    script = (
        "import sys; from vespera_core.cli.main import main\n"
        f"sys.argv = ['vespera', '-C', {str(place)!r}, *WORDS]\n"
        "try: main()\n"
        "except SystemExit as end: assert not end.code, end.code\n"
        "assert not {'cryptography', 'vespera_core.app.vault.hiding'} & set(sys.modules)\n"
    )
    for words in (["ready"], ["list"], ["create", "new"], ["show", "web-1"]):
        done = subprocess.run(
            [sys.executable, "-c", script.replace("WORDS", repr(words))], capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, done.stderr
