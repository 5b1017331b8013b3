"""Importing a plugin that is not installed, in a process of its own: ``python -m vespera_core.plugins.probe``.

Its arguments are the place that modules come from and what a scan would have found, as JSON; it prints the plugin's
status and what it brings, as JSON.
"""

from __future__ import annotations

import json
import os
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
        # -P: nothing is imported from the folder that the user stands in. -B: nothing is left behind in the project.
        command = [sys.executable, "-P", "-B", "-m", __spec__.name, str(place), json.dumps(asdict(found))]
        try:
            done = subprocess.run(  # noqa: S603
                command, capture_output=True, stdin=subprocess.DEVNULL, text=True, timeout=SECONDS, check=False
            )
        except subprocess.TimeoutExpired:
            return texts.failed_to_load(found, TimeoutError(f"it was not imported within {SECONDS} seconds")), []
    return _told(found, done)


def _told(found: Found, done: subprocess.CompletedProcess[str]) -> tuple[PluginStatus, list[str]]:
    if done.returncode != 0 or not done.stdout:
        said = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
        return texts.failed_to_load(found, RuntimeError(f"the process that imported it ended: {said}")), []
    told: dict[str, Any] = json.loads(done.stdout)
    told["status"]["hooks"] = tuple(told["status"]["hooks"])
    return PluginStatus(**told["status"]), told["offers"]


def main(place: str, text: str) -> None:
    """Load it here. What it prints goes to standard error: standard output is for the answer alone."""
    answer = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    sys.path.insert(0, place)
    found = Found(**json.loads(text))
    plugins = Plugins.load(discover=False, extra=(found,))
    offers = [one.title for one in contributions(plugins)]
    (status,) = [one for one in plugins.statuses if one.name == found.name]
    with answer:
        answer.write(json.dumps({"status": asdict(status), "offers": offers}) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
