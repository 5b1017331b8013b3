"""Writing a new plugin project into an empty folder."""

from __future__ import annotations

import re
from collections.abc import Collection
from importlib.resources import files
from importlib.util import find_spec
from keyword import iskeyword
from pathlib import Path
from string import Template
from typing import Final

from vespera_core.app.builtins import BUILTINS
from vespera_core.cli.scaffold.kinds import KINDS, Kind
from vespera_core.errors import InvalidInput
from vespera_core.plugins.loader import discover
from vespera_core.plugins.status import CORE_VERSION, canonical

NAME: Final = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
LONGEST: Final = 100
FOLDERS: Final = ("src", "tests")
"""What stands beside the module in a project."""


def write_project(name: str, kind: str, folder: Path, taken: Collection[str] = ()) -> list[Path]:
    """Write the files of a project; answers them. Raises InvalidInput, with nothing written, where it cannot be.

    `taken` are the names of what is offered of that kind by now.
    """
    check_name(name, taken)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InvalidInput(
            f"{folder} is there already, and is not an empty folder.", next="Name another with --folder."
        )
    texts = texts_of(name, KINDS[kind], kind)
    written = [folder / path for path in texts]
    for path, text in zip(written, texts.values(), strict=True):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return written


def check_name(name: str, offered: Collection[str] = ()) -> None:
    """Raise InvalidInput for what cannot be the name of a distribution and, with ``_`` for ``-``, of its module."""
    if NAME.fullmatch(name) is None or len(name) > LONGEST or iskeyword(name) or name in FOLDERS:
        raise InvalidInput(
            f"{name[:100]!r} is no name for a distribution.", field="name",
            next="Use small letters and digits, with single hyphens between words, such as acme-graph.",
        )  # fmt: skip
    installed = {canonical(word) for one in discover(rescan=True) for word in (one.name, one.distribution)}
    if name in {*installed, *(word for word, _ in BUILTINS), *offered} or find_spec(module_of(name)) is not None:
        raise InvalidInput(
            f"{name!r} is taken by something that is installed here.", field="name", next="Choose another."
        )


def module_of(name: str) -> str:
    """The module of a distribution."""
    return name.replace("-", "_")


def texts_of(name: str, kind: Kind, word: str) -> dict[str, str]:
    """The text of each file, by its path in the project."""
    words = _words(name, kind)
    module = words["source"] if words["source"].endswith(".py") else f"{words['source']}/__init__.py"
    parts = (
        ("pyproject.toml", "pyproject.toml"), ("README.md", "README.md"), (module, f"{word}.py"), *kind.files,
        ("tests/test_conformance.py", kind.test),
    )  # fmt: skip
    return {_filled(path, words): _filled(_read(source), words) for path, source in parts}


def _words(name: str, kind: Kind) -> dict[str, str]:
    major, minor, _ = CORE_VERSION.split(".")
    ceiling = f"0.{int(minor) + 1}" if major == "0" else str(int(major) + 1)
    span = f">={major}.{minor},<{ceiling}"
    demands = [f'"vespera-core{span}"', *(['"numpy>=2"'] if kind.needs_numpy else [])]
    suite = f"{kind.suite}Conformance"
    test = f'\n\nclass Test{kind.suite}({suite}):\n    provider = "{name}"' if kind.suite else ""
    package = any("/" in path for path, _ in kind.files)
    source = module_of(name) if package else f"{module_of(name)}.py"
    names = {"name": name, "module": module_of(name), "source": source}
    suites = ", ".join(sorted({"PluginConformance", *([suite] if kind.suite else [])}))
    told = {"summary": kind.summary, "use": Template(kind.use).substitute(names)}
    return {**names, **told, "range": span, "dependencies": ", ".join(demands), "test": test, "suites": suites}


def _filled(text: str, words: dict[str, str]) -> str:
    return Template(text).substitute(words)


def _read(template: str) -> str:
    return files("vespera_core.cli.scaffold").joinpath("templates", f"{template}.txt").read_text(encoding="utf-8")
