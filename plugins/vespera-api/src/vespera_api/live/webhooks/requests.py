"""Requests of this room."""

from __future__ import annotations

from vespera_core.app.requests import _Request
from vespera_core.model.record import record


@record(frozen=True, slots=True, kw_only=True)
class AddWebhook(_Request):
    """An address that gets every event from now on, or those of a project, or of some `kinds` (such as ``task.*``)."""

    url: str
    project_id: str | None = None
    kinds: tuple[str, ...] = ()
    description: str = ""


@record(frozen=True, slots=True, kw_only=True)
class ListWebhooks(_Request):
    """Webhooks of a project, or all; `removed` ones too where asked for."""

    project_id: str | None = None
    removed: bool = False


@record(frozen=True, slots=True, kw_only=True)
class WebhookRef(_Request):
    """One webhook."""

    webhook_id: str


@record(frozen=True, slots=True, kw_only=True)
class Redeliver(_Request):
    """Send again what a webhook gave up: one event by its id, or all."""

    webhook_id: str
    event_id: str | None = None
