"""What vespera-security offers through the hooks."""

from __future__ import annotations
