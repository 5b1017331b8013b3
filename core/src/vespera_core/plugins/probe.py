"""Importing a plugin that is not installed, in a process of its own: ``python -m vespera_core.plugins.probe``.

Its arguments are the place that modules come from and what a scan would have found, as JSON; it prints the plugin's
status and what it brings, as JSON.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from vespera_core.plugins import texts
from vespera_core.plugins.contributions import contributions
from vespera_core.plugins.manager import Plugins
from vespera_core.plugins.status import Found, PluginStatus

SECONDS: Final = 60


def probe(root: Path, found: Found) -> tuple[PluginStatus, list[str]]:
    """What becomes of a plugin when it is loaded from there, and what it brings."""
    with tempfile.TemporaryDirectory() as folder:
        if root.is_file():
            with zipfile.ZipFile(root) as archive:
                archive.extractall(folder)  # not every package can be imported out of a zip file
        place = Path(folder) if root.is_file() else root
        command = [sys.executable, "-m", __spec__.name, str(place), json.dumps(asdict(found))]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)  # noqa: S603
        except subprocess.TimeoutExpired:
            return texts.failed_to_load(found, TimeoutError(f"it was not imported within {SECONDS} seconds")), []
    return _told(found, done)


def _told(found: Found, done: subprocess.CompletedProcess[str]) -> tuple[PluginStatus, list[str]]:
    lines = done.stdout.splitlines()
    if done.returncode != 0 or not lines:
        said = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
        return texts.failed_to_load(found, RuntimeError(f"the process that imported it ended: {said}")), []
    told: dict[str, Any] = json.loads(lines[-1])
    told["status"]["hooks"] = tuple(told["status"]["hooks"])
    return PluginStatus(**told["status"]), told["offers"]


def main(place: str, text: str) -> None:
    """Load it here."""
    sys.path.insert(0, place)
    found = Found(**json.loads(text))
    plugins = Plugins.load(discover=False, extra=(found,))
    offers = [one.title for one in contributions(plugins)]
    (status,) = [one for one in plugins.statuses if one.name == found.name]
    sys.stdout.write(json.dumps({"status": asdict(status), "offers": offers}) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
