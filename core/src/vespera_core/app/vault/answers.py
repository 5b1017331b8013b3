"""What operations on keys and sealed secrets answer. No answer holds a key."""

from __future__ import annotations

from typing import Any

from vespera_core.model.basics import Micros
from vespera_core.model.record import record


@record(frozen=True, slots=True, kw_only=True)
class RevealAnswer:
    """The sensitive metadata of a task, in clear."""

    task_id: str
    sensitive: dict[str, Any]


@record(frozen=True, slots=True, kw_only=True)
class KeyInfo:
    """A key by its name, and whether it is the one in use. `created_at` is None where that is not kept."""

    purpose: str
    kid: str
    newest: bool
    created_at: Micros | None = None


@record(frozen=True, slots=True, kw_only=True)
class KeysAnswer:
    """Where keys are kept, which there are, and how many secrets they seal. `fault` says why these cannot be opened."""

    provider: str
    keys: tuple[KeyInfo, ...]
    secrets: int
    fault: str | None = None


@record(frozen=True, slots=True, kw_only=True)
class RotateAnswer:
    """What a rotation did: the key now in use, how many secrets were sealed anew with it, and which keys were let go.

    `kept` is the key that was in use before, which stays until the next rotation, for what was under way meanwhile.
    `resumed`: no key was made, since not everything was sealed with the newest one. `unopened` secrets were left as
    they are, and then no key is let go.
    """

    purpose: str
    kid: str | None
    resealed: int
    kept: str | None = None
    retired: tuple[str, ...] = ()
    resumed: bool = False
    unopened: int = 0
    dry_run: bool = False
