"""Reading role files: each becomes drafts of roles, or a problem that names file, line and field."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Final

from vespera_core.app.roles.drafts import SUFFIXES, Draft, Problem
from vespera_core.app.roles.fields import FieldProblem, checked
from vespera_core.app.roles.loading import MAX_BYTES, Document, YamlProblem

MAX_FILES: Final = 500


def read_folder(folder: Traversable, label: str) -> tuple[list[Draft], list[Problem]]:
    """The roles of every role file of a folder, by name of file; `label` is what messages call the folder."""
    try:
        names = sorted(one.name for one in folder.iterdir() if one.name.endswith(SUFFIXES))
    except (FileNotFoundError, NotADirectoryError):
        return [], []
    except OSError as error:
        return [], [Problem(message=f"cannot be read: {error.strerror or error}", source=label)]
    drafts: list[Draft] = []
    problems: list[Problem] = []
    for name in names[:MAX_FILES]:
        found, wrong = _read_file(folder.joinpath(name), f"{label}/{name}")
        drafts += found
        problems += wrong
    if len(names) > MAX_FILES:
        problems.append(Problem(message=f"holds {len(names)} files; at most {MAX_FILES} are read", source=label))
    return drafts, problems


def _read_file(path: Traversable, source: str) -> tuple[list[Draft], list[Problem]]:
    stem = source.rpartition("/")[2].rpartition(".")[0]
    try:
        return read_text(_text_of(path), source)
    except OSError as error:
        return [], [Problem(message=f"cannot be read: {error.strerror or error}", source=source, role=stem)]
    except ValueError as error:
        return [], [Problem(message=str(error), source=source, role=stem)]


def _text_of(path: Traversable) -> str:
    if not path.is_file():  # a pipe would never end
        raise ValueError("is not a file")
    if isinstance(path, Path) and path.stat().st_size > MAX_BYTES:
        raise ValueError(f"is larger than {MAX_BYTES // 1024} KB")
    data = path.read_bytes()
    if len(data) > MAX_BYTES:
        raise ValueError(f"is larger than {MAX_BYTES // 1024} KB")
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise ValueError("is not UTF-8 text") from None


def read_text(text: str, source: str) -> tuple[list[Draft], list[Problem]]:
    """The roles of one file's text; `source` is what messages call it."""
    stem = source.rpartition("/")[2].rpartition(".")[0]
    try:
        document = Document(text)
    except YamlProblem as problem:
        return [], [Problem(message=problem.text, source=source, line=problem.line, role=stem)]
    drafts: list[Draft] = []
    problems: list[Problem] = []
    for path, value in _roles(document.value):
        name = _name(value, stem if not path else None)
        try:
            drafts.append(_draft(document, path, value, name, source))
        except FieldProblem as problem:
            field = ".".join(str(one) for one in problem.path[len(path) :])
            line = document.line(problem.path)
            problems.append(Problem(message=problem.text, source=source, line=line, field=field, role=name))
    return drafts, problems


def _roles(value: Any) -> Iterable[tuple[tuple[str | int, ...], Any]]:
    if isinstance(value, dict) and list(value) == ["roles"] and isinstance(value["roles"], list):
        return [(("roles", place), one) for place, one in enumerate(value["roles"])]
    return [((), value)]


def _name(value: Any, otherwise: str | None) -> str | None:
    name = value.get("name", otherwise) if isinstance(value, dict) else otherwise
    return name if isinstance(name, str) else otherwise


def _draft(document: Document, path: tuple[str | int, ...], value: Any, name: str | None, source: str) -> Draft:
    if name is None:
        raise FieldProblem(path, "needs a name")
    given = checked({"name": name, **value} if isinstance(value, dict) else value, path=path)
    return Draft(name=given.pop("name"), given=given, source=source, line=document.line(path))
