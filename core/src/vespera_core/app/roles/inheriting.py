"""Inheritance: a role with all that it extends becomes one definition.

A value replaces what was inherited, a list too; mappings are merged key by key. A role of the project goes before a
template of the same name, and may extend it under that very name: so a project changes a template and keeps the rest.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from vespera_core.app.roles.drafts import Draft, Problem
from vespera_core.model.role import NOTHING, Patterns, Restrictions, RoleDefinition

TEMPLATE, PROJECT = "template", "project"

Key = tuple[str, str]
"""Where a role is defined (`TEMPLATE` or `PROJECT`), and its name."""


class Resolved(NamedTuple):
    """The roles that can be used, and what is wrong with the others, by name."""

    roles: dict[str, RoleDefinition]
    problems: list[Problem]


def resolve(templates: list[Draft], project: list[Draft], broken: dict[str, Problem]) -> Resolved:
    """Every role with all that it inherits; `broken` are names whose file could not be read."""
    return _Resolving(templates, project, broken).run()


class _Wrong(Exception):
    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


class _Circle(_Wrong):
    pass


class _Resolving:
    def __init__(self, templates: list[Draft], project: list[Draft], broken: dict[str, Problem]) -> None:
        self._problems: dict[Key, Problem] = {}
        self._broken = broken
        self._drafts: dict[Key, Draft] = {}
        self._done: dict[Key, dict[str, Any]] = {}
        for layer, drafts in ((TEMPLATE, templates), (PROJECT, project)):
            for draft in drafts:
                self._enter((layer, draft.name), draft)
        for name in [name for layer, name in self._drafts if layer == PROJECT and (TEMPLATE, name) in self._drafts]:
            draft = self._drafts[PROJECT, name]
            if name not in draft.given.get("extends", ()):
                self._problems[PROJECT, name] = _problem(
                    draft, f"there is a template {name!r} already: extend it with 'extends: {name}', or choose a name"
                )

    def _enter(self, key: Key, draft: Draft) -> None:
        first = self._drafts.setdefault(key, draft)
        if first is not draft:
            self._problems[key] = _problem(draft, f"the role {draft.name!r} is defined in {first.source} already")

    def run(self) -> Resolved:
        roles: dict[str, RoleDefinition] = {}
        names = dict.fromkeys(name for _, name in self._drafts)
        problems: list[Problem] = []
        for name in sorted(names):
            key = self._found(name, None)
            try:
                if key is not None:
                    roles[name] = definition(name, self._merged(key, ()), self._drafts[key].source)
            except _Wrong as wrong:
                problems.append(wrong.problem)
        return Resolved(roles, problems)

    def _found(self, name: str, child: Key | None) -> Key | None:
        """Which role a name means; said by a role of the same name, the template below it."""
        layers = (PROJECT, TEMPLATE) if child is None or (child[0] == PROJECT and child[1] != name) else (TEMPLATE,)
        return next(((layer, name) for layer in layers if (layer, name) in self._drafts), None)

    def _merged(self, key: Key, below: tuple[Key, ...]) -> dict[str, Any]:
        draft = self._drafts[key]
        if key in self._problems:
            raise _Wrong(self._problems[key])
        if key in below:
            circle = " -> ".join(one[1] for one in (*below[below.index(key) :], key))
            raise _Circle(_problem(self._drafts[below[0]], f"leads in a circle: {circle}", "extends"))
        if key not in self._done:
            merged: dict[str, Any] = {}
            for name in draft.given.get("extends", ()):
                merged = merge(merged, self._parent(key, name, below))
            self._done[key] = merge(merged, draft.given)
        return self._done[key]

    def _parent(self, key: Key, name: str, below: tuple[Key, ...]) -> dict[str, Any]:
        draft, parent = self._drafts[key], self._found(name, key)
        if parent is None and name in self._broken:
            raise _Wrong(_problem(draft, f"{name!r} cannot be used: {self._broken[name].text}", "extends"))
        if parent is None:
            raise _Wrong(_problem(draft, f"there is no role {name!r}{self._close(name)}", "extends"))
        try:
            return self._merged(parent, (*below, key))
        except _Circle:
            raise
        except _Wrong as wrong:
            raise _Wrong(_problem(draft, f"{name!r} cannot be used: {wrong.problem.text}", "extends")) from None

    def _close(self, name: str) -> str:
        from difflib import get_close_matches

        close = get_close_matches(name, [one for _, one in self._drafts], n=1)
        return f"; did you mean {close[0]!r}?" if close else ""


def _problem(draft: Draft, message: str, field: str = "") -> Problem:
    return Problem(message=message, source=draft.source, line=draft.line, field=field, role=draft.name)


def merge(base: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """What stands in `given` before what stands in `base`; mappings key by key."""
    merged = dict(base)
    for name, value in given.items():
        inherited = merged.get(name)
        if isinstance(value, dict) and isinstance(inherited, dict):
            merged[name] = merge(inherited, value)
        else:
            merged[name] = value
    return merged


def definition(name: str, values: dict[str, Any], source: str) -> RoleDefinition:
    """The role that merged values describe."""
    plain = {key: value for key, value in values.items() if key not in ("files", "tools", "restrictions")}
    files = values.get("files", {})
    return RoleDefinition(
        name=name,
        source=source,
        read=_patterns(files.get("read"), Patterns()),
        edit=_patterns(files.get("edit"), NOTHING),
        tools=_patterns(values.get("tools"), Patterns()),
        restrictions=Restrictions(**values.get("restrictions", {})),
        **plain,
    )


def _patterns(given: dict[str, Any] | None, otherwise: Patterns) -> Patterns:
    if given is None:
        return otherwise
    return Patterns(given.get("allow", otherwise.allow), given.get("deny", ()))
