"""The operations of this room, for the table of the core, and the service that delivers."""

from __future__ import annotations

from typing import Final, Literal

from vespera_core.ports.operation import Operation
from vespera_core.ports.service import ServiceProvider

_ROOM: Final = "vespera_api.live.webhooks."


def _operation(
    name: str, kind: Literal["read", "write", "service"], handler: str, request: str, answer: str, summary: str,
    around: str | None = None,
) -> Operation:  # fmt: skip
    action = "webhook.read" if kind == "read" else "webhook.write"
    return Operation(
        name=f"webhook.{name}", summary=summary, input=f"{_ROOM}requests:{request}", output=f"{_ROOM}answers:{answer}",
        handler=_ROOM + handler, kind=kind, around=None if around is None else _ROOM + around, action=action,
    )  # fmt: skip


OPERATIONS: Final = (
    _operation("add", "write", "handlers:add", "AddWebhook", "WebhookAnswer", "Send events to an address.",
               "handlers:around_add"),
    _operation("list", "read", "handlers:list_webhooks", "ListWebhooks", "WebhooksAnswer", "Who gets events."),
    _operation("get", "read", "handlers:get", "WebhookRef", "WebhookAnswer", "One webhook, without its secret."),
    _operation("remove", "write", "handlers:remove", "WebhookRef", "WebhookAnswer", "Send nothing more to an address."),
    _operation("enable", "write", "handlers:enable", "WebhookRef", "WebhookAnswer",
               "Go on with a webhook that failed for long."),
    _operation("test", "service", "handlers:test", "WebhookRef", "TriedAnswer", "Send a test message now."),
    _operation("deliveries", "read", "handlers:deliveries", "WebhookRef", "DeliveriesAnswer",
               "What was sent of late, and what was given up."),
    _operation("redeliver", "write", "handlers:redeliver", "Redeliver", "DeliveriesAnswer",
               "Send again what was given up."),
)  # fmt: skip

SERVICE: Final = ServiceProvider(
    name="webhooks", summary="Sends events to webhooks.", service=f"{_ROOM}delivering:Delivering"
)
