"""Deciding, before any import, which of the plugins found may load."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from vespera_core.plugins import texts
from vespera_core.plugins.status import Found, PluginStatus, canonical


def choose(
    found: Sequence[Found], *, builtin: Collection[str], allow: Collection[str] | None, block: Collection[str]
) -> tuple[list[Found], list[PluginStatus]]:
    """Part the plugins into those to load and the statuses of the others.

    Only plugins that could load compete for a name: blocking or disallowing one of two settles the conflict.
    """
    refused: list[PluginStatus] = []
    able: list[Found] = []
    for one in found:
        status = _refusal(one, allow, block)
        if status is None:
            able.append(one)
        else:
            refused.append(status)
    chosen = [one for one in able if _conflict(one, able, builtin) is None]
    return chosen, refused + [status for one in able if (status := _conflict(one, able, builtin))]


def _refusal(found: Found, allow: Collection[str] | None, block: Collection[str]) -> PluginStatus | None:
    word = _named(found, block)
    if word is not None:
        return texts.blocked(found, word)
    if allow is not None and _named(found, allow) is None:
        return texts.not_allowed(found)
    if found.broken:
        return texts.failed_to_load(found, ImportError(found.broken))
    return None if found.compatible else texts.incompatible(found)


def _named(found: Found, words: Collection[str]) -> str | None:
    """The word of a list that names this plugin or its distribution, as the user spelled it."""
    names = {canonical(found.name), canonical(found.distribution)}
    return next((word for word in words if canonical(word.strip()) in names), None)


def _conflict(found: Found, able: list[Found], builtin: Collection[str]) -> PluginStatus | None:
    if found.name in builtin:
        return texts.shadows_builtin(found)
    rivals = [one for one in able if one.name == found.name]
    return texts.conflict(found, rivals) if len(rivals) > 1 else None
