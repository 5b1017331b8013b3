"""What the doctor looks at where secrets are sealed: that the keys open them, and that each belongs to somebody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vespera_core.app.care.rebuild import stored
from vespera_core.errors import KeyFault
from vespera_core.model.sensitive import is_ref, ref_of
from vespera_core.ports.storage import Finding, Reader

if TYPE_CHECKING:
    from vespera_core.app.kernel import Kernel


def secret_faults(reader: Reader) -> list[str]:
    """Tasks whose sealed map is gone."""
    there = reader.secrets()
    return [f"the sensitive metadata of {one} is missing" for ref, one in _wanted(reader).items() if ref not in there]


def orphans(reader: Reader) -> list[str]:
    """Refs of sealed maps that no task has, deleted ones included: nothing can lead to them any more.

    They do not come from writes, which put a map down with its task and forget both together. Secrets of other kinds
    have other refs, and are looked after by whoever put them there.
    """
    maps = [ref for ref in reader.secrets() if is_ref(ref)]
    wanted = _wanted(reader) if maps else {}
    return [ref for ref in maps if ref not in wanted]


def key_finding(kernel: Kernel) -> Finding:
    """Whether the keys open all that is sealed."""
    from vespera_core.app.vault.resealing import unopened

    try:
        kernel.vault.check()
        lost = unopened(kernel)
    except KeyFault as error:
        return Finding("keys", "damage", f"{error.message} {error.next}")
    except Exception as error:
        return Finding("keys", "warning", f"cannot be checked: {str(error)[:200]}")
    if lost:
        return Finding("keys", "damage", f"secrets that cannot be opened: {', '.join(lost[:5])}")
    return Finding("keys", "ok", "as it should be")


def _wanted(reader: Reader) -> dict[str, str]:
    """The tasks that have sensitive metadata, by their refs."""
    tasks = sorted(stored(reader).tasks.items())
    return {ref: one for one, task in tasks if (ref := ref_of(task.metadata)) is not None}
