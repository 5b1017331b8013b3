"""The list: where public names begin, what belongs to them, and how they stand in the file."""

from __future__ import annotations

from collections import deque
from fnmatch import fnmatch

from public_api.describing import described, named_in
from public_api.sources import Place, module, modules, resolve

ROOTS = (
    "vespera_core",
    "vespera_core.errors",
    "vespera_core.hookspecs",
    "vespera_core.ports.*",
    "vespera_core.model.record",
    "vespera_core.app.session",
    "vespera_core.app.unit",
    "vespera_testkit",
    "vespera_api.client",
)
"""Modules whose names are public: those of their `__all__`, or all that they define and do not hide."""

BELONGING = ("vespera_core.model.*", "vespera_core.ports.*", "vespera_core.app.*namespace*", "vespera_api.client.*")
"""Where a definition has to stand to become public by being named in a public signature.

What operations take and answer is not here: their fields are kept with the HTTP API, see `api_changes.py`.
"""

IMPORTED_FROM = ("vespera_core.errors", "vespera_core.hookspecs", "vespera_core.model.*", "vespera_core.ports.*")
"""Modules that authors import from themselves, whatever else leads to their names."""


def listing() -> str:
    """The public names, sorted, one a line."""
    places = _places()
    lines: dict[str, str] = {}
    for shown, place in sorted(places.items()):
        if _home_is_known(place) and shown != str(place):
            lines[shown] = f"is {place}"
        else:
            lines |= dict(described(place, shown))
    return "".join(f"{name} {text}\n" for name, text in lines.items())


def parsed(text: str) -> dict[str, str]:
    """The lines of a list by their names, in their order."""
    lines = (line.partition(" ") for line in text.splitlines())
    return {name: said for name, _, said in lines}


def _places() -> dict[str, Place]:
    """Every public definition, by the name that authors use."""
    found = {f"{name}.{one}": place for name in _roots() for one, place in _offered(name)}
    seen = set(found.values())
    found |= {str(place): place for place in seen if _home_is_known(place)}
    waiting = deque(seen)
    while waiting:
        for place in named_in(waiting.popleft()):
            if place not in seen and _belongs(place):
                seen.add(place)
                waiting.append(place)
                found[str(place)] = place
    return found


def _roots() -> list[str]:
    return [name for pattern in ROOTS for name in modules(pattern)]


def _offered(name: str) -> list[tuple[str, Place]]:
    found = module(name)
    if found is None:
        raise LookupError(name)
    places = [(one, resolve(name, one)) for one in found.public]
    return [(one, place) for one, place in places if place is not None]


def _belongs(place: Place) -> bool:
    return not place.name.startswith("_") and any(fnmatch(place.module, pattern) for pattern in BELONGING)


def _home_is_known(place: Place) -> bool:
    return any(fnmatch(place.module, pattern) for pattern in IMPORTED_FROM)
