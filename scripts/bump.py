"""Give every distribution of this repository a new version: ``python scripts/bump.py X.Y.Z``.

Versions are rewritten in each pyproject.toml, in the plugin for Claude Code, and where the sources state them, and with
them the ranges in which the distributions demand each other: from X.Y up to the next version that may break them (the
next minor one before 1.0).
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = "docs/examples/*/pyproject.toml"
GUIDE = "docs/howto/write-a-plugin.md"
MANIFEST = "clients/claude-code/.claude-plugin/plugin.json"
_VERSION = re.compile(r'^version = "[^"]*"$', re.MULTILINE)
_RANGE = re.compile(r"(vespera-[a-z-]+)>=[0-9.]+,<[0-9.]+")
_STATED_IN_JSON = re.compile(r'^(\s*"version": )"[^"]*"', re.MULTILINE)
_STATED = re.compile(r'^(__version__|CORE_VERSION) = "[^"]*"$', re.MULTILINE)


def sibling_range(version: str) -> str:
    """The range in which siblings of a version fit."""
    major, minor, _ = (int(part) for part in version.split("."))
    ceiling = f"{major + 1}" if major else f"0.{minor + 1}"
    return f">={major}.{minor},<{ceiling}"


def rewritten(version: str) -> Iterator[tuple[Path, str]]:
    """Each file that may state a version or a range, with its new text."""
    ours = [ROOT / "core" / "pyproject.toml", *sorted(ROOT.glob("plugins/*/pyproject.toml"))]
    sources = [path for project in ours for path in sorted((project.parent / "src").rglob("*.py"))]
    for path in [*ours, *sources, *sorted(ROOT.glob(EXAMPLES)), ROOT / GUIDE]:
        text = path.read_text(encoding="utf-8")
        if path in ours:
            text = _VERSION.sub(f'version = "{version}"', text, count=1)
        text = _RANGE.sub(rf"\g<1>{sibling_range(version)}", text)
        yield path, _STATED.sub(rf'\g<1> = "{version}"', text)
    manifest = ROOT / MANIFEST
    yield manifest, _STATED_IN_JSON.sub(rf'\g<1>"{version}"', manifest.read_text(encoding="utf-8"), count=1)


def main(arguments: list[str]) -> int:
    """Rewrite the files and name them; 2 where the version cannot be read."""
    if len(arguments) != 1 or not re.fullmatch(r"\d+\.\d+\.\d+", arguments[0]):
        sys.stderr.write("Give one version: python scripts/bump.py X.Y.Z\n")
        return 2
    for path, text in rewritten(arguments[0]):
        if text != path.read_text(encoding="utf-8"):
            path.write_text(text, encoding="utf-8")
            sys.stdout.write(f"wrote {path.relative_to(ROOT)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
