"""Making, finding and ending webhooks, and looking after what they were sent."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from secrets import token_hex
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from vespera_api.live.cursors import cursor_of
from vespera_api.live.wanted import wanted
from vespera_api.live.webhooks.addresses import check_literal, parts_of
from vespera_api.live.webhooks.answers import (
    DeliveriesAnswer,
    TriedAnswer,
    Webhook,
    WebhookAnswer,
    WebhooksAnswer,
)
from vespera_api.live.webhooks.notes import SPACE, Standing, delivery_of, standing_of
from vespera_api.live.webhooks.requests import AddWebhook, ListWebhooks, Redeliver, WebhookRef
from vespera_api.live.webhooks.signing import new_secret
from vespera_core.app.session import Session
from vespera_core.app.unit import Unit
from vespera_core.errors import KeyFault, NotFound, PluginFault
from vespera_core.model.basics import MAX_WORD, Micros, check_text
from vespera_core.model.entity import Entity

if TYPE_CHECKING:
    from vespera_core.app.kernel import Kernel
    from vespera_core.ports.access import Caller

KIND: Final = "webhook"
ACTIVE, DISABLED, REMOVED = "active", "disabled", "removed"


class Made(NamedTuple):
    """What is made before the transaction: an id, and a secret that is sealed already."""

    webhook_id: str
    sealed: bytes


def around_add(kernel: Kernel, request: AddWebhook, _caller: Caller, write: Callable[[Made], Any]) -> Any:
    """Makes the secret outside of what is stored in clear, and shows it this once."""
    from vespera_api.live.webhooks.delivering import settings_in_force

    check_literal(str(parts_of(request.url).hostname), private=settings_in_force(kernel)["allow_private"])
    secret, name = new_secret(), f"wh-{token_hex(8)}"
    answer: WebhookAnswer = write(Made(name, kernel.vault.seal(secret.encode(), secret_ref(name))))
    return replace(answer, secret=secret) if answer.webhook.webhook_id == name else answer


def add(unit: Unit, request: AddWebhook, made: Made | None = None) -> WebhookAnswer:
    """Send what happens from now on to an address."""
    if made is None:
        raise PluginFault("A webhook is made with a sealed secret, and none was made.")
    parts_of(request.url)
    wanted(request.project_id, None, request.kinds)
    check_text("description", request.description, MAX_WORD)
    project_id = "" if request.project_id is None else unit.project(request.project_id).project_id
    data = {"url": request.url, "kinds": list(request.kinds), "description": request.description}
    new = Entity(KIND, made.webhook_id, project_id, state=ACTIVE, data=data)
    unit.work.put_secrets({secret_ref(made.webhook_id): made.sealed})
    stored = unit.put_entity(None, new, "webhook.added")
    unit.work.put_memos(SPACE, {made.webhook_id: Standing(position=unit.work.position()).noted()})
    return WebhookAnswer(webhook_of(stored))


def list_webhooks(session: Session, request: ListWebhooks) -> WebhooksAnswer:
    """Webhooks, without their secrets."""
    found = session.reader.entities(KIND, project_id=request.project_id)
    return WebhooksAnswer(tuple(webhook_of(one) for one in found if request.removed or one.state != REMOVED))


def get(session: Session, request: WebhookRef) -> WebhookAnswer:
    """One webhook, removed or not."""
    return WebhookAnswer(webhook_of(_entity(session, request.webhook_id)))


def remove(unit: Unit, request: WebhookRef) -> WebhookAnswer:
    """End a webhook and forget its secret; ending it again changes nothing."""
    old = _entity(unit, request.webhook_id)
    unit.work.put_secrets({secret_ref(old.entity_id): None})
    unit.work.put_memos(SPACE, {old.entity_id: None})
    return WebhookAnswer(webhook_of(unit.put_entity(old, replace(old, state=REMOVED), "webhook.removed")))


def enable(unit: Unit, request: WebhookRef) -> WebhookAnswer:
    """Go on with a webhook where it stood when it was given up."""
    old = _present(unit, request.webhook_id)
    standing = replace(standing_of(unit.work, old.entity_id), tries=0, due=0, failing_since=None)
    unit.work.put_memos(SPACE, {old.entity_id: standing.noted()})
    return WebhookAnswer(webhook_of(unit.put_entity(old, replace(old, state=ACTIVE), "webhook.enabled")))


def deliveries(session: Session, request: WebhookRef) -> DeliveriesAnswer:
    """How a webhook stands."""
    return _shown(standing_of(session.reader, _entity(session, request.webhook_id).entity_id))


def redeliver(unit: Unit, request: Redeliver) -> DeliveriesAnswer:
    """Put what was given up back among what is to be sent, before what comes next."""
    entity = _present(unit, request.webhook_id)
    standing = standing_of(unit.work, entity.entity_id)
    chosen = [one for one in standing.dead if request.event_id in (None, one["event_id"])]
    if not chosen:
        raise NotFound(
            "Nothing of that kind was given up.",
            next=f"See what was: 'vespera call webhook.deliveries webhook_id={request.webhook_id}'.",
        )
    places = sorted({*standing.again, *(int(one["cursor"]) for one in chosen)})
    left = tuple(one for one in standing.dead if one not in chosen)
    standing = replace(standing, again=tuple(places), dead=left, due=0)
    unit.work.put_memos(SPACE, {entity.entity_id: standing.noted()})
    unit.put_entity(entity, entity, "webhook.redelivered", events=[one["event_id"] for one in chosen])
    return _shown(standing)


def test(kernel: Kernel, request: WebhookRef, caller: Caller) -> TriedAnswer:
    """Send one message that is no event, signed as all are."""
    from vespera_api.live.webhooks.delivering import sender_of, tried

    with kernel.storage.read() as reader:
        entity = _present(Session(reader, caller, kernel.clock()), request.webhook_id)
    secret = secret_of(kernel, entity.entity_id)
    return TriedAnswer(delivery_of(asyncio.run(tried(sender_of(kernel), entity, secret, None, kernel.clock()))))


def secret_ref(webhook_id: str) -> str:
    """Where the sealed secret lies, which is what it is bound to as well."""
    return f"webhook/{webhook_id}"


def secret_of(kernel: Kernel, webhook_id: str) -> str:
    """The signing secret. Raises KeyFault where it cannot be opened."""
    ref = secret_ref(webhook_id)
    with kernel.storage.read() as reader:
        sealed = reader.secrets([ref]).get(ref)
    if sealed is None:
        raise KeyFault(f"The secret of the webhook {webhook_id} is gone.", next="Remove the webhook, and add it anew.")
    return kernel.vault.unseal(sealed, ref).decode()


def webhook_of(entity: Entity) -> Webhook:
    """An entity of the kind ``webhook`` as callers see it."""
    data = entity.data
    return Webhook(
        entity.entity_id, data["url"], entity.project_id or None, tuple(data["kinds"]), data["description"],
        entity.state, entity.created_at, entity.updated_at,
    )  # fmt: skip


def _shown(standing: Standing) -> DeliveriesAnswer:
    return DeliveriesAnswer(
        cursor=cursor_of(standing.position),
        recent=tuple(map(delivery_of, reversed(standing.recent))),
        dead=tuple(map(delivery_of, standing.dead)),
        waiting=None if standing.waiting is None else delivery_of(standing.waiting),
        next_try_at=None if standing.waiting is None else Micros(standing.due),
    )


def _entity(session: Session, webhook_id: str) -> Entity:
    found = session.reader.entity(KIND, webhook_id)
    if found is None:
        raise NotFound(
            f"There is no webhook {webhook_id!r}.", next="See those that there are: 'vespera call webhook.list'."
        )
    return found


def _present(session: Session, webhook_id: str) -> Entity:
    found = _entity(session, webhook_id)
    if found.state == REMOVED:
        raise NotFound(f"The webhook {webhook_id} was removed.", next="Add another one.")
    return found
