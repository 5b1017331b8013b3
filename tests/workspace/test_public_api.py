"""A public name does not change without a word in the changelog, and a breaking change is told from the others."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
from scripts.public_api.judging import changes, fits

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ("core/src", *(path.relative_to(ROOT).as_posix() for path in sorted(ROOT.glob("plugins/*/src"))))
CORE = Path("core", "src", "vespera_core")
CHANGELOG = "# Changelog\n\n## Unreleased\n\n## 0.1.0\n\n- **Breaking**: `vespera_core.parse_moment` is gone.\n"


class Planted(NamedTuple):
    """A change to a source: what is written over what, and the name under which it has to be found."""

    source: str
    old: str
    new: str
    name: str
    breaks: bool


PLANTED = {
    "a name is gone": Planted("__init__.py", '    "parse_moment",\n]', "]", "vespera_core.parse_moment", breaks=True),
    "a hook renames a parameter": Planted(
        "hookspecs.py", "(change: Change, snapshot: Reader)", "(change: Change, reader: Reader)",
        "vespera_core.hookspecs.vespera_before_write", breaks=True,
    ),
    "a hook takes the first answer": Planted(
        "hookspecs.py", "@hookspec\ndef vespera_authorize", "@hookspec(firstresult=True)\ndef vespera_authorize",
        "vespera_core.hookspecs.vespera_authorize", breaks=True,
    ),
    "a hook that had none offers a parameter": Planted(
        "hookspecs.py", "def vespera_formats()", "def vespera_formats(ledger: Ledger)",
        "vespera_core.hookspecs.vespera_formats", breaks=False,
    ),
    "a port asks for one more method": Planted(
        "ports/vectors.py", "    def close(self)",
        "    @abstractmethod\n    def forget(self, ids: Sequence[str]) -> None: ...\n\n    def close(self)",
        "vespera_core.ports.vectors.VectorIndex.forget", breaks=True,
    ),
    "a port has one more method that it keeps itself": Planted(
        "ports/graph.py", "    def close(self)", "    def tidy(self) -> None: ...\n\n    def close(self)",
        "vespera_core.ports.graph.Graph.tidy", breaks=False,
    ),
    "a call takes one more thing": Planted(
        "app/application.py", "        embedder: str | None = None,\n",
        "        embedder: str | None = None,\n        keys: str | None = None,\n",
        "vespera_core.Vespera.open", breaks=False,
    ),
    "a call asks for one more thing": Planted(
        "app/application.py", "def acting_as(self, actor: str,", "def acting_as(self, actor: str, reason: str,",
        "vespera_core.Vespera.acting_as", breaks=True,
    ),
    "a provider says more": Planted(
        "ports/provider.py", "    isolated: bool = False\n", "    isolated: bool = False\n    since: str = ''\n",
        "vespera_core.ports.provider.Provider.since", breaks=False,
    ),
    "a provider has to say more": Planted(
        "ports/provider.py", "    summary: str\n", "    summary: str\n    licence: str\n",
        "vespera_core.ports.provider.Provider.licence", breaks=True,
    ),
    "fields that have no names in calls move": Planted(
        "ports/provider.py", "    name: str = \"\"\n    dimension: int = 0\n",
        "    dimension: int = 0\n    name: str = \"\"\n", "vespera_core.ports.provider.OpenContext", breaks=True,
    ),
    "an error has another code": Planted(
        "errors.py", 'code = "cycle"', 'code = "circle"', "vespera_core.errors.CycleRefused", breaks=True,
    ),
    "a new error": Planted(
        "errors.py", "class NotReady(", 'class TooLate(Refused):\n    code = "too_late"\n\n\nclass NotReady(',
        "vespera_core.errors.TooLate", breaks=False,
    ),
}  # fmt: skip


def asked(root: Path, *words: str) -> tuple[int, set[str]]:
    """The exit code, and what is missing, as ``breaking NAME`` or ``compatible NAME``."""
    done = subprocess.run(
        [sys.executable, root / "scripts" / "public_api_changes.py", *words], capture_output=True, text=True, timeout=60
    )
    assert "Traceback" not in done.stderr, done.stderr
    lines = (line.strip().replace("`", "") for line in done.stderr.splitlines())
    return done.returncode, {line for line in lines if line.startswith(("breaking ", "compatible "))}


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the repository with every change in it, and a changelog that is silent."""
    root = tmp_path_factory.mktemp("planted")
    for folder in (*SOURCES, "scripts/public_api"):
        shutil.copytree(ROOT / folder, root / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("api_changes.py", "public_api_changes.py"):
        shutil.copy(ROOT / "scripts" / name, root / "scripts" / name)
    (root / "CHANGELOG.md").write_text(CHANGELOG)
    assert asked(root, "--released") == (0, set())
    assert asked(root, "--check") == (0, set())
    for one in PLANTED.values():
        path = root / CORE / one.source
        assert one.old in path.read_text(), one
        path.write_text(path.read_text().replace(one.old, one.new, 1))
    return root


@pytest.fixture(scope="module")
def found(planted: Path) -> set[str]:
    code, found = asked(planted, "--check")
    assert code == 1
    return found


def test_every_change_since_the_last_release_is_in_the_changelog() -> None:
    assert asked(ROOT, "--check") == (0, set()), "run scripts/public_api_changes.py, and tell of it in CHANGELOG.md"


@pytest.mark.parametrize("case", PLANTED)
def test_a_change_is_found_and_judged(found: set[str], case: str) -> None:
    assert f"{'breaking' if PLANTED[case].breaks else 'compatible'} {PLANTED[case].name}" in found


def test_nothing_else_is_found(found: set[str]) -> None:
    gone_with_it = "breaking vespera_core.model.times.parse_moment"
    assert {one.partition(" ")[2] for one in found - {gone_with_it}} == {one.name for one in PLANTED.values()}


def test_without_check_it_only_tells(planted: Path, found: set[str]) -> None:
    assert asked(planted) == (0, found)


def test_a_breaking_change_has_to_be_called_so(planted: Path, found: set[str], tmp_path: Path) -> None:
    names = " ".join(f"`{one.partition(' ')[2]}`" for one in sorted(found))
    breaking = {one for one in found if one.startswith("breaking ")}
    changelog = planted / "CHANGELOG.md"
    for text, missing in ((f"- New: {names}.", breaking), (f"- **Breaking**:\n  {names}.", set())):
        changelog.write_text(CHANGELOG.replace("## Unreleased\n", f"## Unreleased\n\n{text}\n"))
        assert asked(planted, "--check") == (1 if missing else 0, missing)
    changelog.write_text(CHANGELOG)


@pytest.mark.parametrize(
    ("before", "after", "fit"),
    [
        ("method (self, a: int) -> str", "method (self, a: int | str) -> str", True),
        ("method (self, a: int | str) -> str", "method (self, a: int) -> str", False),
        ("method (self) -> str | None", "method (self) -> str", True),
        ("method (self) -> str", "method (self) -> str | None", False),
        ("method (self, a: int)", "method (self, b: int)", False),
        ("method (self, a: int, b: int)", "method (self, b: int, a: int)", False),
        ("method (self, *, a: int)", "method (self, a: int)", True),
        ("method (self, a: int)", "method (self, *, a: int)", False),
        ("method (self, a: int)", "method (self, a: int, /)", False),
        ("method (self, a: int=1)", "method (self, a: int=2)", False),
        ("method (self, a: int)", "method (self, a: int, *rest: int, **more: int)", True),
        ("method (self)", "async method (self)", False),
        ("classmethod (cls) -> Self", "staticmethod () -> Self", False),
        ("abstract method (self, a: int)", "method (self, a: int)", True),
        ("method (self, a: int)", "abstract method (self, a: int)", False),
        ("abstract method (self, a: int)", "abstract method (self, a: int, b: int=1)", False),
        ("hook () -> A | None", "hook () -> A | Iterable[A] | None", True),
        ("hook () -> A | Iterable[A] | None", "hook () -> A | None", False),
        ("field: int", "field: int = 0", True),
        ("field: int = 0", "field: int", False),
        ("field: int", "field: int | None", False),
        ("class (ABC)", "class (ABC, Base)", True),
        ("class (Base)", "class (Base, ABC)", False),
        ("class (ABC, Base)", "class (ABC)", False),
        ("record kw_only", "record", False),
        ("constant: Final = 'a'", "constant: Final = 'b'", False),
    ],
)
def test_what_fits(before: str, after: str, *, fit: bool) -> None:
    assert fits(before, after) is fit


def test_of_a_whole_that_is_new_or_gone_only_the_whole_is_named() -> None:
    whole = {"m.A": "class (ABC)", "m.A.run": "abstract method (self)", "m.A.name": "attribute: str"}
    assert [(one.name, one.breaks) for one in changes({}, whole)] == [("m.A", False)]
    assert [(one.name, one.breaks) for one in changes(whole, {})] == [("m.A", True)]


def test_a_tuple_with_names_takes_no_further_field() -> None:
    before = {"m.A": "class (NamedTuple)", "m.A.id": "field: str"}
    (one,) = changes(before, before | {"m.A.at": "field: int = 0"})
    assert (one.name, one.breaks) == ("m.A.at", True)
