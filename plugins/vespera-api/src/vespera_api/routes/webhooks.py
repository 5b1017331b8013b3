"""Routes of webhooks: addresses that events are sent to."""

from __future__ import annotations

from typing import Final

from vespera_api.routes.route import Route

ROUTES: Final = (
    Route("GET", "/webhooks", "webhook.list"),
    Route("POST", "/webhooks", "webhook.add", 201),
    Route("GET", "/webhooks/{webhook_id}", "webhook.get"),
    Route("DELETE", "/webhooks/{webhook_id}", "webhook.remove"),
    Route("POST", "/webhooks/{webhook_id}/enable", "webhook.enable"),
    Route("POST", "/webhooks/{webhook_id}/test", "webhook.test"),
    Route("GET", "/webhooks/{webhook_id}/deliveries", "webhook.deliveries"),
    Route("POST", "/webhooks/{webhook_id}/redeliver", "webhook.redeliver"),
)
