"""The workspace: a folder `.vespera` that is found from any folder below it, as git finds its own."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final

from vespera_core.errors import EnvironmentFault, ForeignWorkspace, NoWorkspace

FOLDER: Final = ".vespera"


def find_workspace(named: str | os.PathLike[str] | None = None) -> Path:
    """The `.vespera` folder: of the folder that is named exactly, or else of the nearest one upwards from here.

    Raises NoWorkspace where there is none, and ForeignWorkspace for one that belongs to another user.
    """
    named = named if named is not None else os.environ.get("VESPERA_WORKSPACE") or None
    if named is not None:
        folder = Path(named).absolute() / FOLDER
        if not folder.is_dir():
            raise NoWorkspace(f"There is no workspace in {Path(named).absolute()}.")
        return _own(folder)
    try:
        here = Path.cwd()
    except OSError:
        raise NoWorkspace(
            "The current folder does not exist any more.", next="Change to a folder that exists."
        ) from None
    for folder in (here, *here.parents):
        if (folder / FOLDER).is_dir():
            return _own(folder / FOLDER)
    raise NoWorkspace(f"There is no workspace in {here} or above it.")


def _own(folder: Path) -> Path:
    if hasattr(os, "geteuid") and folder.stat().st_uid != os.geteuid():
        raise ForeignWorkspace(f"The workspace {folder} belongs to another user.")
    return folder


def make_folder(parent: Path) -> Path:
    """Make the `.vespera` folder, kept out of version control, and return it."""
    folder = parent / FOLDER
    try:
        parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
        ignore = folder / ".gitignore"
        if not ignore.exists():
            ignore.write_text(
                "# The ledger is a database: share it with 'vespera export', not through version control.\n*\n"
            )
    except OSError as error:
        raise EnvironmentFault(
            f"A workspace cannot be made in {parent}: {error.strerror or error}.",
            next="Choose a folder that you may write to: 'vespera init DIR'.",
        ) from error
    return folder


def prefix_for(folder: Path) -> str:
    """An id prefix made of a folder's name: short, lower case, letters and digits."""
    words = re.findall(r"[a-z0-9]+", folder.name.lower())
    name = "".join(words)
    if len(name) > 8 and len(words) > 1:
        name = "".join(word[0] for word in words)
    return name[:8] if name and name[0].isalpha() else "task"
