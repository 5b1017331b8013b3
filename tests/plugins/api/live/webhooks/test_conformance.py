"""The service that delivers to webhooks passes the suite of services; what it delivers is tested beside this."""

from __future__ import annotations

from vespera_testkit import ServiceConformance


class TestWebhooks(ServiceConformance):
    provider = "webhooks"
