"""The ways in which one path may be read by whoever opens it: as it stands, by its words alone, decoded, recomposed.

A tool may normalise ``a/link/../b`` by its words before the system ever sees it, and a file system may take two
spellings of an accent for one name. Readings are judged by the patterns like the path itself. Doubtful readings (with
percent forms decoded, with backslashes as separators, with ``~`` as a home) are what nobody should make of a path; they
are not judged by patterns, but a path that would escape by one of them is refused.
"""

from __future__ import annotations

import os
import re
from typing import Final

_ROUNDS: Final = 4
_PERCENT: Final = re.compile(r"(?:%[0-9A-Fa-f]{2})+")


def readings(path: str) -> list[str]:
    """The path, and what else a faithful reader may take it for."""
    found = [path]
    if ".." in path:
        found.append(os.path.normpath(path))
    if not path.isascii():
        from unicodedata import normalize

        found.extend(normalize(form, one) for form in ("NFC", "NFD") for one in tuple(found))
    return list(dict.fromkeys(found))


def doubtful(path: str) -> list[str]:
    """What a careless reader may take the path for."""
    found: list[str] = []
    if "%" in path or "\\" in path:
        found += _decodings(path)
    if path.startswith("~"):
        found.append(os.path.expanduser(path))  # noqa: PTH111 - pathlib is dear to import
    return [one for one in dict.fromkeys(found) if one != path]


def _decodings(path: str) -> list[str]:
    """The path decoded once, twice and so on, each with its backslashes and with slashes in their place."""
    found = []
    for _ in range(_ROUNDS):
        found += [path, path.replace("\\", "/")]
        if (decoded := _PERCENT.sub(_decoded, path)) == path:
            break
        path = decoded
    else:
        found.append("\0")  # still encoded after so many rounds: that is refused as no path
    return found


def _decoded(match: re.Match[str]) -> str:
    return bytes.fromhex(match[0].replace("%", "")).decode("utf-8", "surrogateescape")
