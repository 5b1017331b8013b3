"""Needs a module that nobody has."""

from __future__ import annotations

import an_engine_that_is_not_there  # type: ignore[import-not-found]  # noqa: F401
