"""The hook `vespera_cipher`: who is asked, and what becomes of a cipher that fails."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from conformance.policies import with_plugin
from vespera_core.app.application import Vespera
from vespera_core.app.builtins import BUILTINS
from vespera_core.errors import KeyFault
from vespera_core.hookspecs import hookimpl
from vespera_core.ports.keys import Cipher, Key


class Backwards(Cipher):
    """Hides nothing: it is not to be mistaken for encryption, and easy to recognise."""

    def seal(self, plain: bytes, context: str) -> bytes:
        return b"backwards " + context.encode() + b" " + plain[::-1]

    def unseal(self, sealed: bytes, context: str) -> bytes:
        head = b"backwards " + context.encode() + b" "
        if not sealed.startswith(head):
            raise KeyFault("not backwards")
        return sealed.removeprefix(head)[::-1]


class Offers:
    """A plugin that answers, or raises, what it was made with."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer
        self.asked: list[tuple[Key, ...]] = []

    @hookimpl
    def vespera_cipher(self, keys: tuple[Key, ...]) -> Cipher | None:
        self.asked.append(keys)
        if isinstance(self.answer, Exception):
            raise self.answer
        found: Cipher | None = self.answer
        return found


@pytest.fixture
def ledger() -> Iterator[Vespera]:
    with Vespera.in_memory(actor="ann") as opened:
        yield opened


def sealed(ledger: Vespera, plugin: Offers) -> bytes:
    vault = with_plugin(ledger, plugin, (*BUILTINS, ("security", "vespera_security.plugin"))).kernel.vault
    found = vault.seal(b"plain", "c")
    assert vault.unseal(found, "c") == b"plain"
    return found


def test_a_plugin_that_came_later_is_asked_first(ledger: Vespera) -> None:
    plugin = Offers(Backwards())
    assert sealed(ledger, plugin) == b"backwards c nialp"
    assert len(plugin.asked) == 1  # once for each set of keys
    assert [len(key.secret) for key in plugin.asked[0]] == [32]


@pytest.mark.parametrize("answer", [None, RuntimeError("broken")])
def test_without_its_answer_the_next_one_encrypts(ledger: Vespera, answer: Any) -> None:
    assert sealed(ledger, Offers(answer)).startswith(b"v1.")


def test_what_is_wrong_with_the_keys_is_said_as_it_is(ledger: Vespera) -> None:
    with pytest.raises(KeyFault, match="no such key"):
        sealed(ledger, Offers(KeyFault("no such key")))
