"""Waiting for what may never come, so that a rule fails instead of hanging."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Thread
from typing import Any, Final

PATIENCE: Final = 30.0
"""Seconds after which nobody believes any more that something ends; no rule passes or fails by being quick."""


def ended(work: Callable[[], Any]) -> Any:
    """What some work answers, or the exception that it raised; fails where it does not end."""
    told: list[Any] = []

    def run() -> None:
        try:
            told.append(work())
        except BaseException as error:
            told.append(error)

    thread = Thread(target=run, daemon=True)
    thread.start()
    thread.join(PATIENCE)
    assert not thread.is_alive(), f"it did not end within {PATIENCE:g} seconds"
    return told[0]


def answered(work: Callable[[], Any]) -> Any:
    """What some work answers. Raises what it raised; fails where it does not end."""
    told = ended(work)
    if isinstance(told, BaseException):
        raise told
    return told


def awaited(look: Callable[[], Any], what: str) -> Any:
    """The first answer of a look that is true; fails where it never is."""
    deadline = time.monotonic() + PATIENCE
    while not (found := look()):
        assert time.monotonic() < deadline, f"{what} did not happen within {PATIENCE:g} seconds"
        time.sleep(0.01)
    return found
