"""A plugin that is not installed: a project's folder or a wheel, described from its own files alone."""

from __future__ import annotations

import tomllib
import zipfile
from collections.abc import Callable, Mapping
from email.parser import Parser
from pathlib import Path
from typing import Any

from vespera_core.errors import InvalidInput
from vespera_core.model.record import record
from vespera_core.plugins.loader import GROUP, compatible_with_core
from vespera_core.plugins.status import Found

ADVICE = "Name a folder with a pyproject.toml, or a wheel."


@record(frozen=True, slots=True)
class Unpacked:
    """A distribution that is not installed: its plugins, its name, and where its modules are imported from."""

    distribution: str
    plugins: tuple[Found, ...]
    root: Path
    missing: tuple[str, ...] = ()
    """Modules that its entry points name, and that it does not have."""


def describe(path: Path) -> Unpacked:
    """What a folder or a wheel holds. Raises InvalidInput for anything else; imports nothing."""
    if path.is_dir():
        return _project(path)
    if path.is_file() and zipfile.is_zipfile(path):
        return _wheel(path)
    raise InvalidInput(f"{path} is neither a project nor a wheel.", next=ADVICE, field="path")


def _project(folder: Path) -> Unpacked:
    try:
        document = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InvalidInput(f"{folder} holds no pyproject.toml.", next=ADVICE, field="path") from None
    except (OSError, ValueError) as error:
        raise InvalidInput(f"{folder / 'pyproject.toml'} cannot be read: {error}.", field="path") from error
    project = document.get("project", {})
    points = project.get("entry-points", {}).get(GROUP, {})
    root = folder / "src" if (folder / "src").is_dir() else folder
    facts = (str(project.get("name", "")), str(project.get("version", "unknown")))
    return _described(facts, points, project.get("dependencies", []), root, lambda name: (root / name).exists())


def _wheel(path: Path) -> Unpacked:
    with zipfile.ZipFile(path) as archive:
        names = set(archive.namelist())
        metadata = Parser().parsestr(_of_info(archive, names, "METADATA"))
        points = _entry_points(_of_info(archive, names, "entry_points.txt"))
    facts = (metadata["Name"] or "", metadata["Version"] or "unknown")
    folders = {name.partition("/")[0] for name in names} | names
    return _described(facts, points, metadata.get_all("Requires-Dist") or [], path, folders.__contains__)


def _of_info(archive: zipfile.ZipFile, names: set[str], name: str) -> str:
    found = [one for one in names if one.endswith(f".dist-info/{name}") and one.count("/") == 1]
    return archive.read(found[0]).decode("utf-8", "replace") if found else ""


def _entry_points(text: str) -> dict[str, str]:
    from configparser import ConfigParser

    parser = ConfigParser(delimiters=("=",), interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # names keep their case
    parser.read_string(text)
    return dict(parser[GROUP]) if parser.has_section(GROUP) else {}


def _described(
    facts: tuple[str, str], points: Mapping[str, Any], demands: list[str], root: Path, there: Callable[[str], bool]
) -> Unpacked:
    name, version = facts
    if not name:
        raise InvalidInput(f"{root} names no project.", next=ADVICE, field="path")
    requires, compatible = compatible_with_core(demands)
    plugins = tuple(
        Found(point, str(module), name, version, requires, compatible) for point, module in sorted(points.items())
    )
    tops = {str(module).partition(":")[0].strip().partition(".")[0] for module in points.values()}
    missing = tuple(sorted(top for top in tops if not (there(top) or there(f"{top}.py"))))
    return Unpacked(name, plugins, root, missing)
