"""Races: several processes that open one workspace, wait for each other, and act at once."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from textwrap import indent

_FRAME = """
import sys
from vespera_core.app.application import Vespera
from vespera_core.errors import VesperaError
with Vespera.open(sys.argv[1], actor=sys.argv[2]) as ledger:
    ledger.tasks.list_tasks()
    print("ready", flush=True)
    sys.stdin.readline()
    try:
{act}
    except VesperaError as error:
        print(error.code, *(one["rule"] for one in error.details.get("violations", ())))
"""


def raced(workspace: Path, act: str, runners: Sequence[tuple[str, str]]) -> list[str]:
    """What each process printed: the code of its error, or what `act` prints, statements that see `ledger` and sys.

    `runners` are actors, each with one word more, which `act` finds in ``sys.argv[3]``.
    """
    program = _FRAME.format(act=indent(act, " " * 8))
    processes = [
        subprocess.Popen([sys.executable, "-c", program, str(workspace), *words], stdin=subprocess.PIPE,
                         stdout=subprocess.PIPE, text=True)
        for words in runners
    ]  # fmt: skip
    for one in processes:
        assert one.stdout is not None
        assert one.stdout.readline() == "ready\n"
    for one in processes:
        assert one.stdin is not None
        one.stdin.write("go\n")
        one.stdin.flush()
    return [one.communicate(timeout=60)[0].strip() for one in processes]
