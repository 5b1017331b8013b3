"""Broken sets of role templates: a small sound one, and heirs of it with one mistake each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import ClassVar

from testkit.broken.naming import name_of
from vespera_core.ports.roles import RoleTemplates

ROOM = TemporaryDirectory(prefix="broken-roles-")
"""Holds the files as long as this process lives."""


class Sound:
    """Two roles, one of which inherits from the other."""

    files: ClassVar[dict[str, str]] = {
        "maker": "name: maker\ndescription: Makes things.\ncapabilities: [code_writing]\nmax_concurrent_tasks: 2\n",
        "finisher": "name: finisher\nextends: [maker]\ndescription: Finishes things.\n",
    }


class HoldsWhatIsNoRole(Sound):
    """A file is a list."""

    files: ClassVar[dict[str, str]] = {**Sound.files, "list": "- one\n- two\n"}


class HoldsNothing(Sound):
    """The files were left out of the wheel."""

    files: ClassVar[dict[str, str]] = {}


class MissesAParent(Sound):
    """A role inherits from one that is not there."""

    files: ClassVar[dict[str, str]] = {
        **Sound.files,
        "finisher": "name: finisher\nextends: [nobody]\ndescription: Finishes things.\n",
    }


class GoesInACircle(Sound):
    """Two roles inherit from each other."""

    files: ClassVar[dict[str, str]] = {
        **Sound.files,
        "maker": "name: maker\nextends: [finisher]\ndescription: Makes things.\n",
    }


class MisspellsAWord(Sound):
    """No task asks for such a capability."""

    files: ClassVar[dict[str, str]] = {
        **Sound.files,
        "writer": "name: writer\ndescription: Writes.\ncapabilities: [documentatoin]\n",
    }


class NamesTwoAlike(Sound):
    """A role is defined by two files."""

    files: ClassVar[dict[str, str]] = {**Sound.files, "other": Sound.files["maker"]}


class SaysNothing(Sound):
    """Nobody learns what a role is for."""

    files: ClassVar[dict[str, str]] = {**Sound.files, "mute": "name: mute\ncapabilities: [testing]\n"}


def sets() -> Iterator[RoleTemplates]:
    """Each in a folder of its own."""
    for broken in (Sound, *Sound.__subclasses__()):
        folder = Path(ROOM.name) / name_of(broken)
        folder.mkdir(exist_ok=True)
        for name, text in broken.files.items():
            (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
        yield RoleTemplates(name=name_of(broken), summary=broken.__doc__ or "", folder=folder)
