"""Whom credentials prove: plugins are asked, the last installed first, and one that cannot tell lets nobody in."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest

from vespera_core.app.application import Vespera
from vespera_core.app.builtins import BUILTINS
from vespera_core.app.kernel import Kernel
from vespera_core.app.policy.authenticating import authenticate
from vespera_core.errors import StoreBusy, Unauthenticated
from vespera_core.hookspecs import hookimpl
from vespera_core.plugins.manager import Plugins
from vespera_core.ports.identity import Credentials, Identity

SHOWN = Credentials(scheme="bearer", secret="open-sesame", audience="rest")

FIRST: Any = None
LAST: Any = None
"""The plugins of the running test, installed in this order."""

Answer = Callable[[], Any]


class Teller:
    """Answers `vespera_authenticate` with what a function says, and counts how often it is asked."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer

    @hookimpl
    def vespera_authenticate(self, credentials: Credentials, ledger: Any) -> Any:
        assert (credentials, ledger.clock() > 0) == (SHOWN, True)
        return self._answer()


def proved(ledger: Vespera, first: Answer, last: Answer) -> Identity:
    """Whom two plugins take the credentials for."""
    globals().update(FIRST=Teller(first), LAST=Teller(last))
    mine = (("first", f"{__name__}:FIRST"), ("last", f"{__name__}:LAST"))
    plugins = Plugins.load(builtins=(*BUILTINS, *mine), discover=False)
    assert [one.name for one in plugins.statuses if one.status != "loaded"] == []
    return authenticate(Kernel(plugins, ledger.kernel.storage, ledger.kernel.clock), SHOWN)


def raising(error: Exception) -> Answer:
    def answer() -> Any:
        raise error

    return answer


def is_(actor: str) -> Answer:
    return lambda: Identity(actor=actor, proof="p")


def nobody() -> None:
    return None


def test_the_last_installed_is_asked_first_and_the_first_answer_counts(ledger: Vespera) -> None:
    assert proved(ledger, is_("ann"), is_("bob")).actor == "bob"
    assert proved(ledger, is_("ann"), nobody).actor == "ann"
    assert proved(ledger, raising(RuntimeError()), is_("bob")).actor == "bob"


def test_whom_nobody_knows_is_refused(ledger: Vespera) -> None:
    with pytest.raises(Unauthenticated, match="proves nobody"):
        proved(ledger, nobody, nobody)
    with pytest.raises(Unauthenticated):
        authenticate(ledger.kernel, SHOWN)


def test_a_refusal_has_the_last_word(ledger: Vespera) -> None:
    with pytest.raises(Unauthenticated, match="it was revoked"):
        proved(ledger, is_("ann"), raising(Unauthenticated("it was revoked")))


@pytest.mark.parametrize(
    "fault", [raising(ValueError("open-sesame")), lambda: "ann", lambda: True, raising(KeyError())]
)
def test_a_plugin_that_fails_refuses_and_is_named_in_the_log(
    ledger: Vespera, fault: Answer, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR), pytest.raises(Unauthenticated, match="'last'") as caught:
        proved(ledger, is_("ann"), fault)
    assert "plugin last failed to check credentials" in caplog.text
    assert "open-sesame" not in caplog.text + str(caught.value)


def test_what_cannot_be_told_now_is_no_refusal_of_the_credentials(ledger: Vespera) -> None:
    with pytest.raises(StoreBusy):
        proved(ledger, is_("ann"), raising(StoreBusy("later")))


def test_credentials_do_not_show_their_secret() -> None:
    assert "open-sesame" not in repr(SHOWN)
