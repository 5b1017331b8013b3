"""The key provider that the how-to shows, with a key service that is a process-local cipher instead of a cloud."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest
from cryptography.fernet import Fernet

from vespera_core.errors import KeyFault, Unsupported
from vespera_core.model.basics import Micros
from vespera_core.ports.keys import ENCRYPTION, SIGNING, Key, KeyProvider
from vespera_core.ports.provider import OpenContext

PAGE = Path(__file__).resolve().parents[4] / "docs" / "howto" / "keys.md"


@pytest.fixture
def acme(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The module of the page, and the client that it imports."""
    cloud = Fernet(Fernet.generate_key())
    monkeypatch.setitem(sys.modules, "acme_cloud", SimpleNamespace(connect=lambda key: {"wrap": cloud}[key]))
    code = re.search(r"```python.*?\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert code is not None
    module = ModuleType("acme_keys")
    exec(compile(code[1], str(PAGE), "exec"), module.__dict__)
    return module


def test_the_provider_of_the_page_keeps_keys(acme: ModuleType, tmp_path: Path) -> None:
    provider = acme.vespera_key_providers()
    assert provider.name == "acme"

    def opened() -> KeyProvider:
        found: KeyProvider = provider.open({"key": "wrap"}, OpenContext(tmp_path, lambda: 0))
        return found

    one, two = (Key(kid=f"k{at}", secret=bytes([at]) * 32, created_at=Micros(at)) for at in (1, 2))
    assert opened().keys(ENCRYPTION) == ()
    assert opened().add(ENCRYPTION, one) == (one,)
    assert opened().add(ENCRYPTION, two) == (two, one)
    assert opened().keys(SIGNING) == ()
    assert all(one.secret not in path.read_bytes() for path in tmp_path.iterdir())
    with pytest.raises(Unsupported):
        opened().retire(ENCRYPTION, "k1")


def test_it_says_so_when_its_service_does_not_answer(acme: ModuleType, tmp_path: Path) -> None:
    def unreachable(_: bytes) -> bytes:
        raise ConnectionError("timed out")

    (tmp_path / "encryption-1-k.wrapped").write_bytes(b"x")
    with pytest.raises(KeyFault, match="timed out"):
        acme.WrappedKeys(tmp_path, SimpleNamespace(decrypt=unreachable)).keys(ENCRYPTION)
