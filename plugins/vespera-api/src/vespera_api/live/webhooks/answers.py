"""Answers of this room. The signing secret stands in the one answer that first shows it, and nowhere else."""

from __future__ import annotations

from dataclasses import field

from vespera_core.model.basics import Micros
from vespera_core.model.record import record


@record(frozen=True, slots=True)
class Webhook:
    """An address that gets events. `state` is ``active``, ``disabled`` (it failed for long) or ``removed``."""

    webhook_id: str
    url: str
    project_id: str | None
    kinds: tuple[str, ...]
    description: str
    state: str
    created_at: Micros
    updated_at: Micros


@record(frozen=True, slots=True)
class WebhookAnswer:
    """One webhook; `secret` is there in the first answer to its making, and never again."""

    webhook: Webhook
    secret: str | None = field(default=None, repr=False)


@record(frozen=True, slots=True)
class WebhooksAnswer:
    """Webhooks by id."""

    webhooks: tuple[Webhook, ...]


@record(frozen=True, slots=True)
class Delivery:
    """An event on its way to a webhook: the last try, its outcome, and what the receiver said, as far as it is kept.

    `status` is that of HTTP; None where there was no answer. `error` is empty where it was taken.
    """

    event_id: str
    cursor: str
    kind: str
    tries: int
    at: Micros
    status: int | None
    error: str
    said: str


@record(frozen=True, slots=True)
class DeliveriesAnswer:
    """How a webhook stands: everything up to `cursor` was taken or given up.

    `recent` are the last ones, newest first; `dead` those given up; `next_try_at` is there while one is being retried.
    """

    cursor: str
    recent: tuple[Delivery, ...]
    dead: tuple[Delivery, ...]
    waiting: Delivery | None = None
    next_try_at: Micros | None = None


@record(frozen=True, slots=True)
class TriedAnswer:
    """What came of one test message."""

    delivery: Delivery
