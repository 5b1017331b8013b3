"""The override guard: no rule of a suite is removed or replaced, except by an admission that it fails.

The admission is a method of the rule's name, marked ``pytest.mark.xfail(strict=True, reason=...)``: it stands in the
open, is counted as a failure in the report, and fails the run once the rule is kept after all.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from vespera_testkit.conformance import Conformance

PACKAGE = __name__.partition(".")[0]


def rules_of(suite: type) -> dict[str, Any]:
    """Every rule that the kit has for a suite, by name: the nearest of the kit's own classes counts."""
    own = [one for one in suite.__mro__ if is_ours(one)]
    return {name: value for one in reversed(own) for name, value in vars(one).items() if name.startswith("test_")}


def is_ours(suite: type) -> bool:
    """Whether a class is the kit's own."""
    return suite.__module__.partition(".")[0] == PACKAGE


def broken_rules(suite: type[Conformance]) -> Iterator[str]:
    """What is wrong with a subclass, in sentences."""
    for name, rule in rules_of(suite).items():
        found = getattr(suite, name, None)
        if found is rule:
            continue
        if found is None:
            yield f"{name} was removed."
        elif not _admits(found):
            yield f"{name} was replaced."


def _admits(function: Any) -> bool:
    """Whether a replacement says that the rule is not kept, and why."""
    marks = [mark for mark in getattr(function, "pytestmark", ()) if mark.name == "xfail"]
    return any(mark.kwargs.get("strict") is True and mark.kwargs.get("reason") for mark in marks)
