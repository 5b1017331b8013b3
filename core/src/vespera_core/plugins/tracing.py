"""Watching hook calls: which plugin was asked what, how long it took, and what kind of answer it gave.

Answers themselves are not shown: they may hold what nobody should read in a terminal.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from time import perf_counter
from typing import Any, Final

VARIABLE: Final = "VESPERA_TRACE_PLUGINS"

Answers = list[tuple[str, Any]]
Tracer = Callable[[str, str, Callable[[], Answers]], Answers]
"""Gets the hook, the plugin and the call; makes the call, and tells what came of it."""


def tracer_of_environment() -> Tracer | None:
    """Who tells, where the environment asks for it; else None, and calls cost what they cost."""
    return tell if os.environ.get(VARIABLE, "") not in ("", "0") else None


def tell(hook: str, plugin: str, call: Callable[[], Answers]) -> Answers:
    """Make the call, and write a line about it to standard error."""
    begun = perf_counter()
    answers = call()
    milliseconds = (perf_counter() - begun) * 1000
    words = ", ".join(kind_of(answer) for _, answer in answers)
    sys.stderr.write(f"trace: {hook} {plugin} {milliseconds:.2f} ms {words}\n")
    return answers


def kind_of(answer: Any) -> str:
    """An answer in a word or two."""
    if isinstance(answer, BaseException):
        return f"raised {type(answer).__name__}"
    if isinstance(answer, list | tuple):
        return f"{len(answer)} x {kind_of(answer[0])}" if answer else "nothing"
    return type(answer).__name__ if answer is not None else "None"
