"""A plugin that is not installed: a project's folder or a wheel, described from its own files alone."""

from __future__ import annotations

import tomllib
import zipfile
import zlib
from collections.abc import Iterable, Mapping, Sequence
from email.parser import Parser
from pathlib import Path
from typing import Any, TypeVar

from vespera_core.errors import InvalidInput
from vespera_core.model.record import record
from vespera_core.plugins.loader import GROUP, compatible_with_core
from vespera_core.plugins.status import Found
from vespera_core.plugins.texts import explain

T = TypeVar("T", dict[str, Any], list[str], str)

ADVICE = "Name a folder with a pyproject.toml, or a wheel."


@record(frozen=True, slots=True)
class Unpacked:
    """A distribution that is not installed: its plugins, its name, and where its modules are imported from."""

    distribution: str
    plugins: tuple[Found, ...]
    root: Path
    missing: tuple[str, ...] = ()
    """Modules that its entry points name, and that it does not have."""
    computed: bool = False
    """Whether its requirements are known only once it is built."""


def describe(path: Path) -> Unpacked:
    """What a folder or a wheel holds. Raises InvalidInput for anything else; imports nothing."""
    if path.is_dir():
        return _project(path)
    if path.is_file() and zipfile.is_zipfile(path):
        return _wheel(path)
    raise InvalidInput(f"{path} is neither a project nor a wheel.", next=ADVICE, field="path")


def top_of(module: object) -> str:
    """The package, or module, that the value of an entry point begins with."""
    return str(module).partition(":")[0].strip().partition(".")[0]


def _project(folder: Path) -> Unpacked:
    try:
        document = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InvalidInput(f"{folder} holds no pyproject.toml.", next=ADVICE, field="path") from None
    except (OSError, ValueError) as error:
        raise _unreadable(folder / "pyproject.toml", error) from error
    project = _part(document, "project", dict)
    points = _part(_part(project, "entry-points", dict), GROUP, dict)
    demands, computed = _part(project, "dependencies", list), _part(project, "dynamic", list)
    facts = (_part(project, "name", str), _part(project, "version", str) or "unknown")
    wanted, sources = {top_of(point) for point in points.values()}, folder / "src"
    # A folder named src may hold something else.
    root = sources if sources.is_dir() and not wanted <= _tops(_names(folder)) else folder
    return _described(facts, points, demands, root, _tops(_names(root)), computed="dependencies" in computed)


def _part(table: Mapping[str, Any], name: str, kind: type[T]) -> T:
    """An entry of pyproject.toml, or an empty one; of a list, every word has to be a string."""
    value = table.get(name, kind())
    if not isinstance(value, kind) or (isinstance(value, list) and not all(isinstance(one, str) for one in value)):
        form = {dict: "a table", list: "a list of strings", str: "a string"}[kind]
        raise InvalidInput(f"{name!r} in pyproject.toml has to be {form}.", next="Correct it there.", field=name)
    return value


def _wheel(path: Path) -> Unpacked:
    import configparser

    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            metadata = Parser().parsestr(_of_info(archive, names, "METADATA"))
            points = _entry_points(_of_info(archive, names, "entry_points.txt"))
    # Encrypted files are a RuntimeError, unknown compression a NotImplementedError, which is one as well.
    except (OSError, zipfile.BadZipFile, zlib.error, RuntimeError, configparser.Error) as error:
        raise _unreadable(path, error) from error
    facts = (metadata["Name"] or "", metadata["Version"] or "unknown")
    return _described(facts, points, metadata.get_all("Requires-Dist") or [], path, _tops(names))


def _unreadable(path: Path, error: Exception) -> InvalidInput:
    return InvalidInput(f"{path} cannot be read: {explain(error)}.", next=ADVICE, field="path")


def _names(folder: Path) -> list[str]:
    return [one.name for one in folder.iterdir()]


def _tops(names: Iterable[str]) -> set[str]:
    """What can be imported from among these files: packages, modules, and modules that were compiled."""
    return {name.partition("/")[0].partition(".")[0] for name in names}


def _of_info(archive: zipfile.ZipFile, names: Sequence[str], name: str) -> str:
    found = [one for one in names if one.endswith(f".dist-info/{name}") and one.count("/") == 1]
    return archive.read(found[0]).decode("utf-8", "replace") if found else ""


def _entry_points(text: str) -> dict[str, str]:
    from configparser import ConfigParser

    parser = ConfigParser(delimiters=("=",), interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # names keep their case
    parser.read_string(text)
    return dict(parser[GROUP]) if parser.has_section(GROUP) else {}


def _described(
    facts: tuple[str, str], points: Mapping[str, Any], demands: list[str], root: Path, tops: set[str],
    *, computed: bool = False,
) -> Unpacked:  # fmt: skip
    name, version = facts
    if not name:
        raise InvalidInput(f"{root} names no project.", next=ADVICE, field="path")
    requires, compatible = compatible_with_core(demands)
    plugins = tuple(
        Found(point, str(module), name, version, requires, compatible) for point, module in sorted(points.items())
    )
    wanted = {top_of(module) for module in points.values()}
    return Unpacked(name, plugins, root, tuple(sorted(wanted - tops)), computed)
