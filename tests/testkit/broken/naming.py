"""Names of broken things: those of their classes."""

from __future__ import annotations

import re


def name_of(broken: type) -> str:
    """``DropsAnEdge`` is offered as ``drops-an-edge``."""
    return re.sub(r"(?<!^)(?=[A-Z])", "-", broken.__name__).lower()
