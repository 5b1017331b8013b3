"""Where keys are kept: private, whole, and the same for every process."""

from __future__ import annotations

import os
import subprocess
import sys
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keyring
import pytest
from keyring.backend import KeyringBackend

from vespera_core.errors import ConfigError, KeyFault, NotFound, Unsupported
from vespera_core.model.basics import Micros
from vespera_core.ports.keys import ENCRYPTION, SIGNING, Key, KeyProvider
from vespera_core.ports.provider import OpenContext
from vespera_security.keys.file import FILE, FileKeys
from vespera_security.keys.providers import providers


def a_key(kid: str, fill: bytes = b"\x01") -> Key:
    return Key(kid=kid, secret=fill * 32, created_at=Micros(5))


def opened(name: str, folder: Path | None) -> KeyProvider:
    (chosen,) = (one for one in providers() if one.name == name)
    return chosen.open({}, OpenContext(folder, lambda: 0))


@pytest.fixture(params=["file", "process"])
def provider(request: pytest.FixtureRequest, tmp_path: Path) -> KeyProvider:
    return opened("file", tmp_path if request.param == "file" else None)


def test_keys_are_kept_by_purpose_newest_first(provider: KeyProvider) -> None:
    assert provider.keys(ENCRYPTION) == ()
    one, two, other = a_key("one"), a_key("two", b"\x02"), a_key("other", b"\x03")
    assert provider.add(ENCRYPTION, one) == (one,)
    assert provider.add(ENCRYPTION, two) == (two, one)
    assert provider.add(SIGNING, other) == (other,)
    assert provider.keys(ENCRYPTION) == (two, one)
    assert provider.keys(SIGNING) == (other,)


def test_an_older_key_is_let_go_and_the_newest_stays(provider: KeyProvider) -> None:
    one, two = a_key("one"), a_key("two")
    provider.add(ENCRYPTION, one)
    provider.add(ENCRYPTION, two)
    for kid in ("two", "none"):
        with pytest.raises(NotFound, match="no older key"):
            provider.retire(ENCRYPTION, kid)
    assert provider.retire(ENCRYPTION, "one") == (two,)


def test_a_key_shows_its_name_alone() -> None:
    assert "\\x01" not in repr(a_key("one"))


# ---------------------------------------------------------------- the file


def test_the_file_is_private_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        FileKeys(tmp_path).add(ENCRYPTION, a_key("one"))
    finally:
        os.umask(before)
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600
    assert {path.name for path in tmp_path.iterdir()} == {FILE, "keys.lock"}


@pytest.mark.parametrize("mode", [0o604, 0o640, 0o666, 0o610])
def test_a_file_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    keys = FileKeys(tmp_path)
    keys.add(ENCRYPTION, a_key("one"))
    (tmp_path / FILE).chmod(mode)
    with pytest.raises(KeyFault, match="other users") as raised:
        keys.keys(ENCRYPTION)
    assert "chmod 600" in raised.value.next
    with pytest.raises(KeyFault):
        keys.add(ENCRYPTION, a_key("two"))


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '{"version": 1}', '{"version": 1, "keys": {"encryption": [{"kid": "a"}]}}', '{"version": 2}',
     '{"version": 1, "keys": {"encryption": [{"kid": "a", "secret": "c2hvcnQ=", "created_at": 1}]}}', "\x00" * 100,
     "[" * 200_000,
     '{"version": 1, "keys": {"encryption": [{"kid": "a", "secret": "' + "A" * 43 + '=", "created_at": Infinity}]}}'],
)  # fmt: skip
def test_a_damaged_file_is_refused_and_left_as_it_is(tmp_path: Path, text: str) -> None:
    path = tmp_path / FILE
    path.write_text(text)
    path.chmod(0o600)
    for act in (lambda keys: keys.keys(ENCRYPTION), lambda keys: keys.add(ENCRYPTION, a_key("one"))):
        with pytest.raises(KeyFault):
            act(FileKeys(tmp_path))
    assert path.read_text() == text


def test_a_pipe_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / FILE, 0o600)
    with pytest.raises(KeyFault, match="is not a file"):
        FileKeys(tmp_path).keys(ENCRYPTION)


def test_no_link_is_followed(tmp_path: Path) -> None:
    FileKeys(tmp_path).add(ENCRYPTION, a_key("one"))
    (tmp_path / FILE).rename(tmp_path / "elsewhere")
    (tmp_path / FILE).symlink_to("elsewhere")
    with pytest.raises(KeyFault, match="cannot be read"):
        FileKeys(tmp_path).keys(ENCRYPTION)


ADDING = """
import sys
from pathlib import Path
from vespera_core.model.basics import Micros
from vespera_core.ports.keys import Key
from vespera_security.keys.file import FileKeys
keys = FileKeys(Path(sys.argv[1]))
for number in range(20):
    keys.add("encryption", Key(kid=f"{sys.argv[2]}{number}", secret=bytes(32), created_at=Micros(0)))
"""


def test_no_process_loses_a_key_that_another_adds(tmp_path: Path) -> None:
    adding = [subprocess.Popen([sys.executable, "-c", ADDING, str(tmp_path), name]) for name in "abc"]
    assert [one.wait(60) for one in adding] == [0, 0, 0]
    names = {key.kid for key in FileKeys(tmp_path).keys(ENCRYPTION)}
    assert names == {f"{name}{number}" for name in "abc" for number in range(20)}


# ---------------------------------------------------------------- the environment


@pytest.mark.parametrize("encode", [b64encode, urlsafe_b64encode])
def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch, encode: Any) -> None:
    secrets = [bytes([200 + number]) * 32 for number in range(2)]
    monkeypatch.setenv("VESPERA_ENCRYPTION_KEYS", ", ".join(encode(one).decode() for one in secrets))
    keys = opened("environment", None)
    assert [one.secret for one in keys.keys(ENCRYPTION)] == secrets
    assert len({one.kid for one in keys.keys(ENCRYPTION)}) == 2
    assert keys.keys(SIGNING) == ()


@pytest.mark.parametrize(
    "text", ["short", "AAAA", b64encode(bytes(31)).decode(), "é", "====", b64encode(bytes(33)).decode()]
)
def test_what_is_no_key_is_refused_and_not_repeated(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("VESPERA_ENCRYPTION_KEYS", text)
    with pytest.raises(KeyFault) as raised:
        opened("environment", None).keys(ENCRYPTION)
    assert text not in raised.value.message + raised.value.next


def test_the_environment_keeps_nothing() -> None:
    keys = opened("environment", None)
    for act in (lambda: keys.add(ENCRYPTION, a_key("one")), lambda: keys.retire(ENCRYPTION, "one")):
        with pytest.raises(Unsupported, match="only reads") as raised:
            act()
        assert "VESPERA_ENCRYPTION_KEYS" in raised.value.next


# ---------------------------------------------------------------- the key ring of the system


@pytest.fixture
def ring(tmp_path: Path) -> Iterator[Path]:
    """The package keyring over a backend that keeps its entries in a file, as some of its own do."""

    class Plain(KeyringBackend):
        priority = 1

        def _path(self, service: str, name: str) -> Path:
            return tmp_path / f"{service}-{len(name)}"

        def get_password(self, service: str, name: str) -> str | None:
            path = self._path(service, name)
            return path.read_text() if path.exists() else None

        def set_password(self, service: str, name: str, text: str) -> None:
            self._path(service, name).write_text(text)

        def delete_password(self, service: str, name: str) -> None:
            self._path(service, name).unlink()

    before = keyring.get_keyring()
    keyring.set_keyring(Plain())
    yield tmp_path
    keyring.set_keyring(before)


def test_the_key_ring_keeps_them(ring: Path) -> None:
    one, two = a_key("one"), a_key("two")
    opened("keyring", ring).add(ENCRYPTION, one)
    again = opened("keyring", ring)
    assert again.add(ENCRYPTION, two) == (two, one)
    assert again.retire(ENCRYPTION, "one") == (two,)
    assert opened("keyring", ring).keys(ENCRYPTION) == (two,)


def test_the_key_ring_needs_a_workspace() -> None:
    with pytest.raises(ConfigError, match="in memory"):
        opened("keyring", None)


def test_without_the_package_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(KeyFault) as raised:
        opened("keyring", tmp_path)
    assert "vespera-security[keyring]" in raised.value.next
