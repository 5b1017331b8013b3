"""Evidence: how well it is known that a task is done. Four levels, each worth more than the one before."""

from __future__ import annotations

from typing import Any, Final

from vespera_core.errors import InvalidInput
from vespera_core.model.basics import check_choice, check_text, check_word
from vespera_core.model.record import record

SAID, RAN, SEEN, PROVED = LEVELS = ("said", "ran", "seen", "proved")
"""Somebody says so; ran a command and says how it ended; a program of ours saw how it ended; CI proved it."""

EVERY_TYPE: Final = "*"


@record(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One piece of evidence. `exit_code` is that of `command`; `source` names where it can be looked at again."""

    level: str
    command: str = ""
    exit_code: int | None = None
    source: str = ""
    note: str = ""

    @property
    def holds(self) -> bool:
        """Whether it speaks for the work: a command that failed does not."""
        return self.exit_code in (None, 0)


def check_evidence(found: Evidence) -> Evidence:
    """Return it if it can be kept; raises InvalidInput. Only what was merely said needs no command."""
    check_choice("level", found.level, LEVELS)
    check_text("command", found.command, 2_000, empty=found.level in (SAID, PROVED))
    check_text("source", found.source, 2_000, empty=found.level != PROVED)
    check_text("note", found.note, 10_000)
    code = found.exit_code
    if code is None and found.level in (RAN, SEEN):
        raise InvalidInput(f"Evidence that was {found.level} needs the exit code of its command.", field="exit_code")
    if code is not None and (isinstance(code, bool) or not isinstance(code, int) or not -255 <= code <= 255):
        raise InvalidInput(f"exit_code is a whole number from -255 to 255, not {code!r}.", field="exit_code")
    return found


def read_policy(value: object) -> dict[str, str]:
    """The level that completions need, by task type or ``*``: ``{"bug": "ran"}``. Raises InvalidInput."""
    if not isinstance(value, dict):
        raise InvalidInput("workflow: evidence is a JSON object of task types and levels.", field="workflow")
    return {
        kind if kind == EVERY_TYPE else check_word("type", kind): check_choice("evidence", level, LEVELS)
        for kind, level in value.items()
    }


def needed(policy: dict[str, str], task_type: str) -> str:
    """The level that a task of this type needs."""
    return policy.get(task_type, policy.get(EVERY_TYPE, SAID))


def reaches(level: str, wanted: str) -> bool:
    """Whether a level is worth at least another one."""
    return LEVELS.index(level) >= LEVELS.index(wanted)


def payload(found: Evidence) -> dict[str, Any]:
    """As the log keeps it: what is not known is left out."""
    values = {name: getattr(found, name) for name in Evidence.__dataclass_fields__}
    return {name: value for name, value in values.items() if value not in (None, "")}
