"""Signals: how a command that goes on for long is told to end."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def ending(end: Callable[[], None]) -> Iterator[None]:
    """SIGTERM and Ctrl-C call `end`, each time that they come, for the length of a ``with`` block."""
    before = {one: signal.signal(one, lambda *_: end()) for one in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
