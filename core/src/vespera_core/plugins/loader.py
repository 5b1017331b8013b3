"""Finding plugins on the disk and importing them: the only module that knows stevedore, and only when it must scan.

Stevedore lists and describes the entry points, and isolates each one that cannot be described. It does not import the
plugins: blocked and incompatible ones must never be imported, a cached list must load in the same way as a fresh one,
and stevedore lets AssertionError and SystemExit of a plugin through. Its own cache is not used: it misses changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import reduce
from importlib import import_module, invalidate_caches
from typing import TYPE_CHECKING, Any

from vespera_core.plugins import cache
from vespera_core.plugins.status import CORE, CORE_VERSION, Found, canonical

if TYPE_CHECKING:
    from importlib.metadata import Distribution, EntryPoint

GROUP = "vespera.plugins"


def discover(*, rescan: bool = False) -> list[Found]:
    """Every installed plugin, sorted by name and distribution, none of them imported.

    `rescan` looks at the disk even where the cache has an answer.
    """
    key = cache.present_key()
    known = None if rescan else cache.read(key)
    if known is not None:
        return known
    found = _scan()
    cache.write(key, found)
    return found


def load_plugin(found: Found) -> object:
    """Import a plugin and return what its entry point names: a module or an object.

    Raises whatever the import raises, and TypeError for a class: its hooks would lack their first argument.
    """
    module, _, attribute = found.module.partition("[")[0].strip().partition(":")
    plugin = reduce(getattr, [name for name in attribute.strip().split(".") if name], import_module(module.strip()))
    if isinstance(plugin, type):
        raise TypeError(f"the entry point names the class '{plugin.__qualname__}'; name a module or an instance")
    return plugin


def _scan() -> list[Found]:
    from stevedore.extension import Extension, ExtensionManager

    broken: list[Found] = []

    class Finder(ExtensionManager):  # type: ignore[type-arg]  # older releases cannot be subscripted
        def list_entry_points(self) -> list[EntryPoint]:
            # The list is live, so that each entry point still has its distribution.
            return list(_entry_points(broken))

        def _load_one_plugin(self, ep: EntryPoint, *_: Any, **__: Any) -> Extension[Found]:
            return Extension(ep.name, ep, None, _describe(ep))  # type: ignore[arg-type]

    def indescribable(_: object, ep: EntryPoint, error: BaseException) -> None:
        broken.append(Found(ep.name, ep.value, "an unnamed distribution", "unknown", broken=f"{error}"))

    invalidate_caches()
    finder = Finder(GROUP, on_load_failure_callback=indescribable)
    # A set, since one distribution may state the same line twice.
    found = {extension.obj for extension in finder.extensions if extension.obj}.union(broken)
    return sorted(found, key=lambda one: (one.name, canonical(one.distribution), one.module))


def _entry_points(broken: list[Found]) -> Iterator[EntryPoint]:
    from importlib.metadata import entry_points

    try:
        yield from entry_points(group=GROUP)
    except Exception:  # one malformed file anywhere on the path makes the whole list raise
        yield from _one_by_one(broken)


def _one_by_one(broken: list[Found]) -> Iterator[EntryPoint]:
    from importlib.metadata import distributions

    seen: set[str] = set()
    for distribution in distributions():
        name, version = _identity(distribution)
        if canonical(name) in seen:
            continue  # a copy further down the path is shadowed, as it is for imports
        seen.add(canonical(name))
        try:
            yield from distribution.entry_points.select(group=GROUP)
        except Exception as error:
            if GROUP in (distribution.read_text("entry_points.txt") or ""):
                text = f"its entry points cannot be read ({error})"
                broken.append(Found(name, "", name, version, broken=text))


def _identity(distribution: Distribution) -> tuple[str, str]:
    metadata = distribution.metadata
    # Asking for a key that is absent answers None in some releases of Python and raises in others.
    known = {key: metadata[key] for key in ("Name", "Version") if key in metadata}
    return known.get("Name") or "an unnamed distribution", known.get("Version") or "unknown"


def _describe(entry: EntryPoint) -> Found:
    distribution = entry.dist
    if distribution is None:
        raise LookupError("it belongs to no distribution")
    requires, compatible = compatible_with_core(distribution.requires or [])
    return Found(entry.name, entry.value, *_identity(distribution), requires, compatible)


def compatible_with_core(demands: Iterable[str]) -> tuple[str, bool]:
    """What the lines of a distribution's requirements demand of the core, and whether the running core meets it."""
    from packaging.requirements import Requirement

    specifiers: list[str] = []
    compatible = True
    for line in demands:
        if not canonical(line).startswith(CORE):
            continue
        try:
            requirement = Requirement(line)
            applies = requirement.marker is None or requirement.marker.evaluate({"extra": ""})
        except ValueError:
            # A demand that nobody can read is not met.
            return line[len(CORE) :].strip(), False
        if canonical(requirement.name) == CORE and applies:
            specifiers.append(str(requirement.specifier))
            compatible = compatible and requirement.specifier.contains(CORE_VERSION, prereleases=True)
    return ",".join(filter(None, specifiers)), compatible
