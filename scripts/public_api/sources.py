"""The sources: which module defines a name, and what a name in a module stands for."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple, TypeAlias

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = (ROOT / "core" / "src", *sorted(ROOT.glob("plugins/*/src")))

Node: TypeAlias = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef | ast.Assign | ast.AnnAssign


class Place(NamedTuple):
    """Where something is defined."""

    module: str
    name: str

    def __str__(self) -> str:
        return f"{self.module}.{self.name}"


class Module(NamedTuple):
    """What a module defines, what it imports, and the names in its `__all__` (None: it has none)."""

    defined: dict[str, Node]
    imported: dict[str, str]
    all: tuple[str, ...] | None

    @property
    def public(self) -> list[str]:
        """The names it offers: those of `__all__`, or without one what it defines itself and does not hide."""
        if self.all is not None:
            return list(self.all)
        return [name for name in self.defined if not name.startswith("_")]


def path_of(module: str) -> Path | None:
    """The file of a module of ours."""
    parts = Path(*module.split("."))
    places = (
        path for folder in FOLDERS for path in (folder / parts.with_suffix(".py"), folder / parts / "__init__.py")
    )
    return next((path for path in places if path.is_file()), None)


def modules(pattern: str) -> list[str]:
    """The modules that a name stands for: itself, or all in a package for ``package.*``."""
    package = pattern.removesuffix(".*")
    if package == pattern:
        return [pattern]
    folder = path_of(package)
    if folder is None:
        raise LookupError(package)
    names = sorted(path.stem for path in folder.parent.glob("*.py") if path.stem != "__init__")
    return [f"{package}.{name}" for name in names]


@cache
def module(name: str) -> Module | None:
    """A module of ours, read; None for any other."""
    path = path_of(name)
    if path is None:
        return None
    defined: dict[str, Node] = {}
    imported: dict[str, str] = {}
    for node in _statements(ast.parse(path.read_text(encoding="utf-8")).body):
        if isinstance(node, Node) and not _is_type_variable(node):
            defined |= dict.fromkeys(_bound(node), node)
        elif isinstance(node, ast.ImportFrom):
            imported |= {one.asname or one.name: f"{node.module}.{one.name}" for one in node.names}
        elif isinstance(node, ast.Import):
            imported |= {one.asname: one.name for one in node.names if one.asname}
    listed = defined.pop("__all__", None)
    return Module(defined, imported, None if listed is None else tuple(ast.literal_eval(listed.value)))


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """What a module says to type checkers: the branch of an ``if TYPE_CHECKING`` and not its else."""
    for node in body:
        if isinstance(node, ast.If):
            yield from _statements(node.body)
        else:
            yield node


def _bound(node: Node) -> list[str]:
    if isinstance(node, ast.Assign):
        return [one.id for one in node.targets if isinstance(one, ast.Name)]
    if isinstance(node, ast.AnnAssign):
        return [node.target.id] if isinstance(node.target, ast.Name) else []
    return [node.name]


def _is_type_variable(node: Node) -> bool:
    """Whether it is part of the signatures that use it, and no name of its own."""
    value = node.value if isinstance(node, ast.Assign) else None
    return isinstance(value, ast.Call) and ast.unparse(value.func) in ("TypeVar", "ParamSpec")


def resolve(where: str, dotted: str) -> Place | None:
    """What a name in a module stands for, if that is defined in a module of ours."""
    head, _, rest = dotted.partition(".")
    here = module(where)
    if here is None:
        return None
    if head in here.defined:
        return None if rest else Place(where, head)
    if head in here.imported:
        target = f"{here.imported[head]}.{rest}".rstrip(".")
        owner, _, name = target.rpartition(".")
        return resolve(owner, name)
    return None
