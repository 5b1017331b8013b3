"""The cipher: what is sealed opens with its keys, in its context, unaltered, and in no other case."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vespera_core.errors import KeyFault
from vespera_core.model.basics import Micros
from vespera_core.ports.keys import Key
from vespera_security.sealing.fernet import FernetCipher

KEYS = tuple(Key(kid=f"k{number}", secret=bytes([number]) * 32, created_at=Micros(0)) for number in range(3))
CIPHER = FernetCipher(KEYS[:1])


@settings(deadline=None)
@given(plain=st.binary(max_size=2000), context=st.text(st.characters(exclude_categories=["Cs"]), max_size=50))
def test_what_is_sealed_opens(plain: bytes, context: str) -> None:
    sealed = CIPHER.seal(plain, context)
    assert CIPHER.unseal(sealed, context) == plain
    assert len(plain) < 8 or plain not in sealed


@settings(deadline=None)
@given(
    plain=st.binary(max_size=100),
    contexts=st.lists(st.text(st.sampled_from("ab "), max_size=4), min_size=2, max_size=2, unique=True),
)
def test_it_opens_in_its_own_context_alone(plain: bytes, contexts: list[str]) -> None:
    sealed = CIPHER.seal(plain, contexts[0])
    with pytest.raises(KeyFault, match="another place"):
        CIPHER.unseal(sealed, contexts[1])


@pytest.mark.parametrize("plain", [b"", b"a", b"a secret", bytes(33)])
def test_every_flipped_bit_is_noticed(plain: bytes) -> None:
    sealed = CIPHER.seal(plain, "here")
    for at in range(len(sealed)):
        for bit in range(8):
            altered = bytearray(sealed)
            altered[at] ^= 1 << bit
            with pytest.raises(KeyFault):
                CIPHER.unseal(bytes(altered), "here")


@given(more=st.binary(min_size=1, max_size=5))
def test_nothing_is_added(more: bytes) -> None:
    sealed = CIPHER.seal(b"a secret", "here")
    for altered in (sealed + more, more + sealed):
        with pytest.raises(KeyFault):
            CIPHER.unseal(altered, "here")


@pytest.mark.parametrize("kid", ["a.b", "", "a b", "é", "x" * 101])
def test_a_key_has_a_name_that_can_be_read_again(kid: str) -> None:
    """What is sealed under another name could never be opened."""
    with pytest.raises(KeyFault, match="cannot be named"):
        FernetCipher((Key(kid=kid, secret=bytes(32), created_at=Micros(0)),))


@given(cut=st.integers(0, 130))
def test_a_part_is_not_the_whole(cut: int) -> None:
    sealed = CIPHER.seal(b"a secret", "here")
    if cut < len(sealed):
        with pytest.raises(KeyFault):
            CIPHER.unseal(sealed[:cut], "here")


@given(garbage=st.binary(max_size=200))
def test_garbage_is_refused(garbage: bytes) -> None:
    with pytest.raises(KeyFault):
        CIPHER.unseal(garbage, "here")


def test_any_of_the_keys_opens_and_the_first_seals() -> None:
    old = FernetCipher(KEYS[2:]).seal(b"x", "c")
    ring = FernetCipher(KEYS)
    assert ring.unseal(old, "c") == b"x"
    new = ring.seal(b"x", "c")
    assert new.startswith(b"v1.k0.")
    assert FernetCipher(KEYS[:1]).unseal(new, "c") == b"x"
    with pytest.raises(KeyFault, match="'k0'"):
        FernetCipher(KEYS[1:]).unseal(new, "c")


def test_the_same_text_is_never_sealed_alike() -> None:
    assert len({CIPHER.seal(b"x", "c") for _ in range(50)}) == 50
