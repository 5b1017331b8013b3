"""What no role may edit, whatever its patterns say: the ledger's folder, git's, the guard's settings."""

from __future__ import annotations

from typing import Final

from vespera_core.app.guard.paths import Place

FOLDERS: Final = frozenset({".vespera", ".git", "git~1"})
"""At any depth: a nested repository has a `.git` of its own. The last one is the short name of `.git` on NTFS."""
SETTINGS: Final = frozenset({".claude/settings.json", ".claude/settings.local.json"})
"""At any depth: an agent that may change these takes the guard away."""

_IGNORED: Final = dict.fromkeys((*range(0x200C, 0x2010), *range(0x202A, 0x202F), *range(0x206A, 0x2070), 0xFEFF))
"""Characters that HFS+ passes over in names."""


def internal(place: Place) -> bool:
    """Whether a place belongs to what is never edited. Letters count in either case: doubt is no permission."""
    if place.internal:
        return True
    if place.name.isascii() and "." not in place.name and "~" not in place.name:
        return False
    parts = [_plain(part) for part in place.name.split("/")]
    return not FOLDERS.isdisjoint(parts) or "/".join(parts[-2:]) in SETTINGS


def _plain(part: str) -> str:
    if not part.isascii():
        from unicodedata import normalize

        part = normalize("NFKC", part.translate(_IGNORED))
    return part.casefold().rstrip(" .")
