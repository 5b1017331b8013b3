"""What both plugins of this room do: they write down what they hear, and make the trouble that a file asks for."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

from vespera_core.model.event import Event
from vespera_core.model.public import public
from vespera_core.ports.service import Ledger


def noted(plugin: str, event: Event, ledger: Ledger) -> None:
    """Write a line, then fail, hang or exit where ``PLUGIN.trouble`` names the kind of event."""
    settings = ledger.plugin_settings(plugin, {"folder": "", "patience": 0.5})
    if not settings["folder"]:
        return
    folder = Path(settings["folder"])
    with (folder / f"{plugin}.heard").open("a", encoding="utf-8") as stream:
        stream.write(json.dumps({"pid": os.getpid(), **public(event)}) + "\n")
    trouble = folder / f"{plugin}.trouble"
    while (asked := _asked(trouble)) == [event.kind, "hang"]:
        time.sleep(0.02)
    if asked == [event.kind, "exit"]:
        sys.exit(3)
    if asked == [event.kind, "fail"]:
        raise OSError("no line to the outside")


def _asked(trouble: Path) -> list[str]:
    try:
        return trouble.read_text(encoding="utf-8").split()
    except FileNotFoundError:
        return []
