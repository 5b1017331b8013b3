"""Keys and sealed secrets as text."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from vespera_core.cli.views.text import clean, count, table, when

if TYPE_CHECKING:
    from vespera_core.app.vault.answers import KeysAnswer, RevealAnswer, RotateAnswer


def status(answer: KeysAnswer) -> str:
    """Where keys are kept, and one line for each."""
    rows = [
        (one.purpose, one.kid, "in use" if one.newest else "older", when(one.created_at) if one.created_at else "")
        for one in answer.keys
    ]
    sealed = f"{count(answer.secrets, 'secret')} sealed"
    told = answer.fault or (f"{sealed}; the keys open them" if answer.secrets else "Nothing is sealed")
    return "\n".join(filter(None, [f"Kept in: {clean(answer.provider)}", table(rows, "") or "No keys yet.", told]))


def rotated(answer: RotateAnswer) -> str:
    """What a rotation did."""
    if answer.dry_run:
        return f"Would make a new key for {answer.purpose} and seal {count(answer.resealed, 'secret')} anew."
    verb = "Finished the rotation to" if answer.resumed else "Made"
    parts = [f"{verb} the key {answer.kid} for {answer.purpose}"]
    if answer.resealed:
        parts.append(f"Sealed {count(answer.resealed, 'secret')} anew")
    if answer.kept:
        parts.append(f"Kept until the next rotation: {answer.kept}")
    if answer.retired:
        parts.append(f"Let go: {', '.join(answer.retired)}")
    if answer.unopened:
        parts.append(f"{count(answer.unopened, 'secret')} could not be opened, and no key was let go")
    return "\n".join(parts)


def revealed(answer: RevealAnswer) -> str:
    """A sensitive map, as JSON."""
    lines = json.dumps(answer.sensitive, ensure_ascii=False, indent=2, sort_keys=True).split("\n")
    return "\n".join(map(clean, lines))
