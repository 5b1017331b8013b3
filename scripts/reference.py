"""The reference pages, computed from the code: commands, hooks, operations, errors and configuration.

Run it to write `docs/reference/`; with ``--check`` it writes nothing, names the pages that are out of date and exits 1.
What it prints depends on the code of this checkout alone: not on the terminal, and not on plugins that are installed.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from pages.commands import cli_page
from pages.configuration import configuration_page
from pages.failures import errors_page
from pages.hooks import hooks_page
from pages.operations import operations_page
from pages.words import ROOT

FOLDER = ROOT / "docs" / "reference"

PAGES: dict[str, Callable[[], str]] = {
    "cli.md": cli_page,
    "hooks.md": hooks_page,
    "operations.md": operations_page,
    "errors.md": errors_page,
    "configuration.md": configuration_page,
}


def stale(folder: Path = FOLDER) -> dict[str, str]:
    """The pages whose files say something else than the code, with what they should say."""
    texts = {name: make() for name, make in PAGES.items()}
    return {name: text for name, text in texts.items() if not _says(folder / name, text)}


def _says(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text


def main(arguments: list[str]) -> int:
    """Write the pages, or with ``--check`` look at them; 1 where one is out of date."""
    if unknown := set(arguments) - {"--check"}:
        sys.stderr.write(f"Unknown: {' '.join(sorted(unknown))}. Only --check is known.\n")
        return 2
    old = stale()
    for name, text in old.items():
        if arguments:
            sys.stderr.write(f"{(FOLDER / name).relative_to(ROOT)} is out of date: run 'make docs'\n")
        else:
            FOLDER.mkdir(parents=True, exist_ok=True)
            (FOLDER / name).write_text(text, encoding="utf-8")
            sys.stdout.write(f"wrote {(FOLDER / name).relative_to(ROOT)}\n")
    return 1 if arguments and old else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
