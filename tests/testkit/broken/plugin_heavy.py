"""Imports what is heavy when it is imported."""

from __future__ import annotations

import numpy as np

from testkit.broken.plugins import opened
from vespera_core.hookspecs import hookimpl
from vespera_core.ports.provider import Provider


@hookimpl
def vespera_executors() -> Provider[object]:
    return Provider(name="loads-its-engine-at-once", summary=np.__name__, open=opened)
