"""The catalogue: which roles there are, where they come from, and what is wrong with those that cannot be used.

It is in force where the project has role files or names a set of templates; elsewhere any plain word is a role, and
the templates are only on offer. It is read outside every transaction, and again when a file of it looks different.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from time import time_ns
from typing import TYPE_CHECKING, Any, Final

from vespera_core.app.roles.drafts import SUFFIXES, Draft, Problem
from vespera_core.app.roles.keeping import Kept, keep, recall
from vespera_core.errors import RoleFault, UnknownRole
from vespera_core.model.role import RoleDefinition
from vespera_core.ports.roles import RoleTemplates

if TYPE_CHECKING:
    from vespera_core.app.kernel import Kernel

FOLDER: Final = "roles"
USUAL_SET: Final = "enhanced"
"""The set of templates where none is named."""

HOOK: Final = "vespera_role_templates"


class Catalogue:
    """The roles that there are at a moment. `in_force` says whether tasks are held to them."""

    def __init__(
        self, roles: dict[str, RoleDefinition], problems: Sequence[Problem], *, in_force: bool, chosen: str | None,
        sets: dict[str, str],
    ) -> None:  # fmt: skip
        self.roles = roles
        self.problems = tuple(problems)
        self.in_force = in_force
        self.chosen = chosen
        self.sets = sets
        self._broken = {one.role: one for one in problems if one.role is not None}

    def find(self, name: str) -> RoleDefinition | None:
        """The role of this name; None where there is none. Raises RoleFault where its definition cannot be used."""
        found = self.roles.get(name)
        if found is None and (problem := self._broken.get(name)) is not None:
            raise RoleFault(f"The role {name!r} cannot be used: {problem.text}", role=name, source=problem.source)
        return found

    def get(self, name: str) -> RoleDefinition:
        """The role of this name. Raises UnknownRole with names that are spelt like it, or RoleFault."""
        found = self.find(name)
        if found is not None:
            return found
        close = self.close_to(name)
        hint = f" Did you mean {' or '.join(close)}?" if close else ""
        others = f" {len(self.problems)} role files or sets cannot be used." if self.problems else ""
        raise UnknownRole(f"There is no role {name!r}.{hint}{others}", role=name, close=close)

    def close_to(self, name: str) -> list[str]:
        """Names that are spelt like this one."""
        from difflib import get_close_matches

        return get_close_matches(name, self.roles, n=3)

    def limit(self, name: str) -> int | None:
        """How many tasks of a role workers may hold at a time; None where there is no limit. Raises RoleFault."""
        found = self.find(name)
        return None if found is None else found.max_concurrent_tasks


class RoleBook:
    """The catalogue of one workspace, kept for as long as its files look the same."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._looks: Any = None
        self._kept: Catalogue | None = None
        self._templates: dict[str, tuple[list[Draft], list[Problem]]] = {}
        self._sets: dict[str, RoleTemplates] | None = None

    @property
    def is_read(self) -> bool:
        """Whether somebody has needed it before."""
        return self._kept is not None

    def catalogue(self) -> Catalogue:
        """The catalogue as the files say it now."""
        looks = _looks(self._folder)
        if self._kept is None or looks != self._looks:
            self._kept = self._read()
            self._looks = looks
        return self._kept

    @property
    def _folder(self) -> Path | None:
        return None if self._kernel.folder is None else self._kernel.folder / FOLDER

    def _read(self) -> Catalogue:
        named = None if self._kernel.settings is None else self._kernel.settings.roles
        sets = self.sets()
        chosen = named or (USUAL_SET if USUAL_SET in sets else None)
        folder, began = self._kernel.folder, time_ns()
        found = None if folder is None else recall(folder, chosen, sets)
        if found is None:
            found = self._resolved(chosen)
            if folder is not None:
                keep(folder, chosen, sets, found, began)
        return Catalogue(
            found.roles, found.problems, in_force=named is not None or _has_files(self._folder), chosen=chosen,
            sets={name: one.summary for name, one in sets.items()},
        )  # fmt: skip

    def _resolved(self, chosen: str | None) -> Kept:
        from vespera_core.app.roles.inheriting import resolve
        from vespera_core.app.roles.reading import read_folder

        own, problems = ([], []) if self._folder is None else read_folder(self._folder, f".vespera/{FOLDER}")
        templates, wrong = self._templates_of(chosen)
        problems = [*problems, *wrong]
        found = resolve(templates, own, {one.role: one for one in problems if one.role is not None})
        return Kept(found.roles, [*problems, *found.problems])

    def sets(self) -> dict[str, RoleTemplates]:
        """The sets of templates that plugins offer, by name; of two with one name, the first."""
        if self._sets is None:
            self._sets = {}
            for plugin, item in self._kernel.plugins.collect(HOOK):
                if not isinstance(item, RoleTemplates):
                    self._kernel.plugins.fail(plugin, HOOK, TypeError(f"it offers {item!r}, which is no RoleTemplates"))
                elif item.name in self._sets:
                    self._kernel.plugins.fail(plugin, HOOK, ValueError(f"the set {item.name!r} is there already"))
                else:
                    self._sets[item.name] = item
        return self._sets

    def _templates_of(self, name: str | None) -> tuple[list[Draft], list[Problem]]:
        if name is None:
            return [], []
        if name not in self._templates:
            self._templates[name] = self._read_set(name)
        return self._templates[name]

    def _read_set(self, name: str) -> tuple[list[Draft], list[Problem]]:
        templates = self.sets().get(name)
        if templates is None:
            on_offer = ", ".join(self.sets()) or "none; install vespera-roles"
            return [], [Problem(message=f"names the set {name!r}, which no plugin offers; there are: {on_offer}",
                                source="the setting roles.set")]  # fmt: skip
        from vespera_core.app.roles.reading import read_folder

        try:
            return read_folder(templates.folder, name)
        except Exception as error:  # whatever a plugin's folder raises is the plugin's fault, and breaks its set alone
            return [], [Problem(message=f"cannot be read: {error}", source=f"the set {name}")]


def _looks(folder: Path | None) -> Any:
    """How the files of a folder look: what changes when one of them does."""
    try:
        if folder is None:
            return None
        with os.scandir(folder) as entries:
            found = [(one.name, one.stat()) for one in entries if one.name.endswith(SUFFIXES)]
    except OSError:
        return None
    return sorted((name, info.st_mtime_ns, info.st_ctime_ns, info.st_size, info.st_ino) for name, info in found)


def _has_files(folder: Path | None) -> bool:
    return bool(_looks(folder))


def catalogue_of(kernel: Kernel) -> Catalogue:
    """The roles of a workspace, in force or only on offer."""
    return kernel.roles.catalogue()


def definition(kernel: Kernel, name: str) -> RoleDefinition:
    """The role of this name. Raises UnknownRole (a NotFound), or RoleFault where its definition cannot be used."""
    return catalogue_of(kernel).get(name)


def sources(kernel: Kernel) -> tuple[str, ...]:
    """The files on disk that the roles in use were read from."""
    sets = kernel.roles.sets()
    found: dict[str, None] = {}
    for one in catalogue_of(kernel).roles.values():
        label, _, file = one.source.rpartition("/")
        folder = sets[label].folder if label in sets else (kernel.folder or Path()) / FOLDER
        if isinstance(path := folder.joinpath(file), Path):
            found[str(path)] = None
    return tuple(found)
