"""Marks on a request, left by whoever knows for whoever tells of it afterwards."""

from __future__ import annotations

from typing import Final

ROUTE: Final = "vespera.route"
"""Where the template of the route stands in a scope."""

NO_ROUTE: Final = "(none)"
"""What paths that lead nowhere are counted as, so that nobody can make labels by making paths up."""

STREAM: Final = "/api/v1/events/stream"
"""The route whose answers are messages, one part after another."""
