"""Files and functions stay small, and nothing in the repository knows the machine that it was written on."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted([*ROOT.glob("core/src/**/*.py"), *ROOT.glob("plugins/*/src/**/*.py")])
MOST_LINES, MOST_LINES_OF_A_FUNCTION = 400, 60
MACHINE = re.compile(r"(?<![\w.])/(?:home|Users)/[a-z]\w+/|(?<![\w./])/(?:work|root|mnt|tmp/v)/\w")


def tracked() -> list[Path]:
    """Every file that is or will be committed."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    if listed.returncode:
        pytest.skip("this is no checkout of git")
    return [path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file()]


def test_no_file_is_long() -> None:
    long = {path.name: count for path in SOURCES if (count := len(path.read_text().splitlines())) > MOST_LINES}
    assert SOURCES
    assert long == {}


def test_no_function_is_long() -> None:
    long = [
        f"{path.name}: {node.name}"
        for path in SOURCES
        if "migrations" not in path.parts
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno >= MOST_LINES_OF_A_FUNCTION
        and not _is_table(node)
    ]
    assert long == []


def _is_table(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether a function does nothing but return one value, however many lines that takes to write down."""
    statements = [one for one in node.body if not (isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant))]
    return len(statements) == 1 and isinstance(statements[0], ast.Return)


def test_every_module_says_what_it_is() -> None:
    silent = [
        path.relative_to(ROOT).as_posix()
        for path in SOURCES
        if path.read_text(encoding="utf-8").strip()
        and not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert silent == []


def test_nothing_knows_the_machine() -> None:
    found = []
    for path in tracked():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        found += [
            f"{path.relative_to(ROOT)}: {line.strip()[:100]}" for line in text.splitlines() if MACHINE.search(line)
        ]
    assert found == []


def test_no_stray_file_is_kept() -> None:
    kinds = {"", ".py", ".md", ".toml", ".jsonl", ".json", ".txt", ".typed", ".mako", ".yml", ".yaml", ".db", ".csv"}
    kinds |= {".xz"}  # golden stores
    model = ROOT / "plugins/vespera-static/src/vespera_static/data/table.bin"  # which scripts/distill makes
    stray = [path for path in tracked() if path.suffix not in kinds or path.stat().st_size > 1_000_000]
    stray = [path for path in stray if path != model or path.stat().st_size > 9_000_000]
    assert stray == []
