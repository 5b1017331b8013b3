"""A plugin that is not installed yet: judged by its metadata, and where that is asked for, imported elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from vespera_core.cli.extension import plugins_of, settings_of
from vespera_core.cli.session import Run
from vespera_core.cli.views.plugins import Checked
from vespera_core.errors import InvalidInput

if TYPE_CHECKING:
    from vespera_core.plugins.status import Found, PluginStatus
    from vespera_core.plugins.unpacked import Unpacked


def candidate(run: Run, path: Path, importing: bool) -> Checked:
    """What would become of what a project or a wheel holds. Raises InvalidInput where it holds no plugin."""
    from vespera_core.plugins.unpacked import describe

    known = describe(path)
    if not known.plugins:
        raise InvalidInput(
            f"{known.distribution} states no plugin.",
            next="Add an entry point in the group 'vespera.plugins' that names its module.",
        )
    judged = [_judged(run, known, one) for one in known.plugins]
    if not importing:
        notes = ["It was not imported: '--import' does that, in a process of its own."]
        return Checked(judged, [*_advice(known), *notes])
    statuses, notes = [], []
    for one, status in zip(known.plugins, judged, strict=True):
        imported, said = _imported(run, known, one) if status.status == "found" else (status, [])
        statuses.append(imported)
        notes += said
    return Checked(statuses, [*_advice(known), *notes])


def _judged(run: Run, known: Unpacked, found: Found) -> PluginStatus:
    """What would become of it beside what is installed, as far as that can be said without importing it."""
    from vespera_core.app.builtins import BUILTINS
    from vespera_core.plugins import texts
    from vespera_core.plugins.choose import choose
    from vespera_core.plugins.unpacked import top_of

    names = {name for name, _ in BUILTINS}
    _, refused = choose([*_rivals(run, found), found], builtin=names, allow=None, block=())
    own = [one for one in refused if (one.name, one.distribution) == (found.name, found.distribution)]
    if own:
        return own[0]
    return texts.without_module(found, known.root) if top_of(found.module) in known.missing else texts.found_only(found)


def _rivals(run: Run, found: Found) -> list[Found]:
    """What is installed and may load, other releases of the same distribution apart."""
    from vespera_core.plugins.choose import choose
    from vespera_core.plugins.loader import discover
    from vespera_core.plugins.status import canonical

    settings = settings_of(run)
    others = [one for one in discover(rescan=True) if canonical(one.distribution) != canonical(found.distribution)]
    _, refused = choose(others, builtin=(), allow=settings.allow, block=settings.block)
    barred = {(one.name, one.distribution) for one in refused if one.status == "blocked"}
    return [one for one in others if (one.name, one.distribution) not in barred]


def _imported(run: Run, known: Unpacked, found: Found) -> tuple[PluginStatus, list[str]]:
    """What became of it where it was imported, and what it offers."""
    from vespera_core.plugins import texts
    from vespera_core.plugins.contributions import contributions
    from vespera_core.plugins.probe import probe
    from vespera_core.plugins.status import canonical

    status, offered = probe(known.root, found)
    if not offered:
        return status, []
    loaded = plugins_of(run)
    origins = {one.title: loaded.status(one.plugin) for one in contributions(loaded)}
    twice = [
        texts.also_offered(title, other.origin)
        for title in offered
        if (other := origins.get(title)) and canonical(other.distribution) != canonical(found.distribution)
    ]
    return status, [f"offers {', '.join(offered)}", *twice]


def _advice(known: Unpacked) -> list[str]:
    from vespera_core.plugins import texts

    if known.computed:
        return [texts.without_requirements(known.plugins[0])]
    return [texts.without_range(one) for one in known.plugins[:1] if "<" not in one.requires]
