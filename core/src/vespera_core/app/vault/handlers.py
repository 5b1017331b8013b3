"""Operations on keys and sealed secrets."""

from __future__ import annotations

import logging
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from vespera_core.app.call import AUDIT_LOG
from vespera_core.app.session import Session
from vespera_core.app.vault.answers import KeyInfo, KeysAnswer, RevealAnswer, RotateAnswer
from vespera_core.app.vault.hiding import context_of
from vespera_core.app.vault.requests import KeyStatus, RevealTask, RotateKeys
from vespera_core.app.vault.resealing import is_finished, reseal, unopened
from vespera_core.errors import KeyFault, NotFound, Unsupported
from vespera_core.model.basics import check_choice
from vespera_core.model.jsontext import parse_object
from vespera_core.model.sensitive import ref_of
from vespera_core.ports.access import Caller
from vespera_core.ports.keys import ENCRYPTION, SIGNING, Key, KeyProvider

if TYPE_CHECKING:
    from vespera_core.app.kernel import Kernel

PURPOSES: Final = (ENCRYPTION, SIGNING)

_LOG: Final = logging.getLogger(AUDIT_LOG)


def reveal(kernel: Kernel, request: RevealTask, caller: Caller) -> RevealAnswer:
    """The sensitive metadata of a task in clear; who looked is told to the audit logger."""
    with kernel.storage.read() as reader:
        task = Session(reader, caller, kernel.clock()).task(request.task_id)
        ref = ref_of(task.metadata)
        sealed = None if ref is None else reader.secrets([ref]).get(ref)
    if ref is None:
        raise NotFound(f"{task.task_id} has no sensitive metadata.", next="Give it some with an update of the task.")
    if sealed is None:
        raise KeyFault(f"The sensitive metadata of {task.task_id} is missing from the store.")
    plain = kernel.vault.unseal(sealed, context_of(ref))
    _LOG.info("%s saw the sensitive metadata of %s", caller.actor, task.task_id)
    return RevealAnswer(task_id=task.task_id, sensitive=parse_object(plain.decode()))


def status(kernel: Kernel, _request: KeyStatus, _caller: Caller) -> KeysAnswer:
    """Which keys there are, and whether they open what is sealed."""
    vault = kernel.vault
    keys = tuple(
        KeyInfo(purpose=purpose, kid=key.kid, newest=at == 0, created_at=key.created_at or None)
        for purpose in PURPOSES
        for at, key in enumerate(vault.provider.keys(purpose))
    )
    with kernel.storage.read() as reader:
        secrets = len(vault.own(reader.secrets()))
    try:
        vault.check()
        fault = None
    except KeyFault as error:
        fault = error.message
    return KeysAnswer(provider=vault.provider_name, keys=keys, secrets=secrets, fault=fault)


def rotate(kernel: Kernel, request: RotateKeys, _caller: Caller) -> RotateAnswer:
    """Make a new key, seal everything anew with it, and let go of keys that nothing needs any more.

    Interrupted at any point, everything still opens, and the next call does what was left, with the key that is there.
    The same is done for a key that somebody else put before the others, where keys are only read.
    """
    purpose = check_choice("purpose", request.purpose, PURPOSES)
    vault = kernel.vault
    if purpose == ENCRYPTION:
        vault.check()
    if request.dry_run:
        with kernel.storage.read() as reader:
            count = len(vault.own(reader.secrets())) if purpose == ENCRYPTION else 0
        return RotateAnswer(purpose=purpose, kid=None, resealed=count, dry_run=True)
    there = vault.provider.keys(purpose)
    resumed = purpose == ENCRYPTION and bool(there) and not is_finished(kernel, there[0])
    if not resumed:
        vault.new_key(purpose)
    resealed = reseal(kernel) if purpose == ENCRYPTION else 0
    newest, *before = vault.provider.keys(purpose)
    kept, older = before[:1], tuple(before[1:])
    lost = unopened(kernel, (newest, *kept)) if purpose == ENCRYPTION else []
    return RotateAnswer(
        purpose=purpose, kid=newest.kid, resealed=resealed, kept=kept[0].kid if kept else None, resumed=resumed,
        retired=() if lost else _retired(vault.provider, purpose, older), unopened=len(lost),
    )  # fmt: skip


def _retired(provider: KeyProvider, purpose: str, older: tuple[Key, ...]) -> tuple[str, ...]:
    """Let go of older keys, but for those that another process let go of meanwhile, or that are only read."""
    gone = []
    for key in older:
        with suppress(NotFound, Unsupported):
            provider.retire(purpose, key.kid)
            gone.append(key.kid)
    return tuple(gone)
