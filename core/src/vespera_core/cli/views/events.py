"""The log as text: one line an event, with what it changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vespera_core.cli.views.text import table, when

if TYPE_CHECKING:
    from vespera_core.app.answers import HistoryAnswer
    from vespera_core.model.event import Event

_QUIET = frozenset(
    {"updated_at", "lease_until", "lease_seconds", "hold_kind", "lease_owner", "closed_at", "started_at"}
)
"""Fields whose change the kind of the event tells already."""


def history(answer: HistoryAnswer) -> str:
    """Newest first, with where the next page starts."""
    if not answer.events:
        return "Nothing happened yet."
    text = table([(one.seq, when(one.at), one.entity, one.kind, one.actor, _what(one)) for one in answer.events], "")
    if answer.next_before is not None:
        text += f"\nolder: --before {answer.next_before}"
    return text


def _what(event: Event) -> str:
    payload = event.payload
    parts = [
        f"{name}: {_short(old)} -> {_short(new)}"
        for name, (old, new) in payload.get("changes", {}).items()
        if name not in _QUIET
    ]
    parts += [f"+{kind} {target}" for kind, target in payload.get("added", ())]
    parts += [f"-{kind} {target}" for kind, target in payload.get("removed", ())]
    if isinstance(found := payload.get("evidence"), dict):
        parts.append(
            f"{found['level']}: {_short(found.get('command') or found.get('source'))}"
            + (f" ended with {found['exit_code']}" if "exit_code" in found else "")
        )
    elif found:
        parts.append(f"evidence: {found}")
    for name in ("reason", "text"):
        if payload.get(name):
            parts.append(f"{name}: {_short(payload[name])}")
    for name in ("task", "project"):
        if isinstance(payload.get(name), dict):
            parts.append(_short(payload[name].get("title") or payload[name].get("name")))
    return "; ".join(parts)


def _short(value: Any) -> str:
    text = "nothing" if value is None or value == "" else str(value)
    return text if len(text) <= 60 else text[:59] + "\u2026"
