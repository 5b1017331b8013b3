"""The reference pages, the public names and the OpenAPI document, computed from the code.

Run it to write them; with ``--check`` it writes nothing, names those that are out of date and exits 1.
What it prints depends on the code of this checkout alone: not on the terminal, and not on plugins that are installed.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from pages.backends import backends_page
from pages.commands import cli_page
from pages.configuration import configuration_page
from pages.conformance import conformance_page
from pages.failures import errors_page
from pages.hooks import hooks_page
from pages.openapi import openapi_document
from pages.operations import operations_page
from pages.tools import tools_page
from pages.words import ROOT
from public_api.listing import listing

PAGES: dict[str, Callable[[], str]] = {
    "docs/reference/cli.md": cli_page,
    "docs/reference/backends.md": backends_page,
    "docs/reference/hooks.md": hooks_page,
    "docs/reference/operations.md": operations_page,
    "docs/reference/tools.md": tools_page,
    "docs/reference/errors.md": errors_page,
    "docs/reference/configuration.md": configuration_page,
    "docs/reference/conformance.md": conformance_page,
    "docs/reference/public-api.txt": listing,
    "plugins/vespera-api/openapi.json": openapi_document,
}


def stale() -> dict[Path, str]:
    """The files that say something else than the code, with what they should say."""
    texts = {ROOT / name: make() for name, make in PAGES.items()}
    return {path: text for path, text in texts.items() if not _says(path, text)}


def _says(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text


def main(arguments: list[str]) -> int:
    """Write the pages, or with ``--check`` look at them; 1 where one is out of date."""
    if unknown := set(arguments) - {"--check"}:
        sys.stderr.write(f"Unknown: {' '.join(sorted(unknown))}. Only --check is known.\n")
        return 2
    old = stale()
    for path, text in old.items():
        if arguments:
            sys.stderr.write(f"{path.relative_to(ROOT)} is out of date: run 'make docs'\n")
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            sys.stdout.write(f"wrote {path.relative_to(ROOT)}\n")
    return 1 if arguments and old else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
