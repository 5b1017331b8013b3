"""The plugin ``loud``."""

from __future__ import annotations

from hearing.noting import noted
from vespera_core.hookspecs import hookimpl
from vespera_core.model.event import Event
from vespera_core.ports.service import Ledger


@hookimpl
def vespera_handle_event(event: Event, ledger: Ledger) -> None:
    noted("loud", event, ledger)
