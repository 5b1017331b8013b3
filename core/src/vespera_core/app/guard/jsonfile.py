"""JSON files of other programs: read whole, and written back with everything else in them as it was."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Final

from vespera_core.app.guard.writing import replaced
from vespera_core.errors import InvalidInput

_INDENT: Final = re.compile(r"^[\[{]\s*?\n([ \t]+)")


def read(path: Path) -> tuple[str, dict[str, Any]]:
    """The file's text and what it says; both empty where there is none.

    Raises InvalidInput for a file that could not be written back unharmed: one with comments, say.
    """
    try:
        text = path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        return "", {}
    except (OSError, UnicodeDecodeError) as error:
        raise unusable(path, str(error)) from None
    try:
        found = json.loads(text, object_pairs_hook=_once) if text.strip() else {}
    except (ValueError, RecursionError) as error:
        raise unusable(path, str(error)) from None
    if not isinstance(found, dict):
        raise unusable(path, "it is no JSON object")
    return text, found


def write(path: Path, before: str, content: dict[str, Any]) -> None:
    """Write what a file is to say, indented as it was. Raises Conflict where it changed meanwhile."""
    found = _INDENT.match(before)
    text = json.dumps(content, indent=found[1] if found else 2, ensure_ascii=False)
    end = "\n" if before.endswith("\n") or not before else ""
    replaced(path, before, text + end)


def unusable(path: Path, why: str) -> InvalidInput:
    """The error for a file that is left alone."""
    return InvalidInput(
        f"{path} is left as it is, for it cannot be changed without harm: {why}.", path=str(path),
        next="Correct it in an editor, then repeat the command.",
    )  # fmt: skip


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands there twice")
    return found
