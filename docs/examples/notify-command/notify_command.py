"""Runs a command of yours when a task is completed, with the event as JSON on its standard input."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vespera_core.errors import EnvironmentFault
from vespera_core.hookspecs import hookimpl

if TYPE_CHECKING:
    from vespera_core.model.event import Event
    from vespera_core.ports.service import Ledger

DEFAULTS = {"command": [], "time_limit": 30.0}
NEXT = "Correct the command under [plugin.notify] in .vespera/config.toml, and start the services anew."


@hookimpl
def vespera_handle_event(event: Event, ledger: Ledger) -> None:
    if event.kind == "task.completed":
        settings = ledger.plugin_settings("notify", DEFAULTS)
        if settings["command"]:
            run(settings["command"], event, settings["time_limit"])


def run(command: list[str], event: Event, time_limit: float) -> None:
    """Run the command to its end. Raises EnvironmentFault where it fails: then the event comes again."""
    import json
    import os
    import signal
    import subprocess
    import tempfile

    from vespera_core.model.public import public

    environment = {name: value for name, value in os.environ.items() if not name.startswith("VESPERA_")}  # no keys
    # Files instead of pipes: a command that reads nothing, or leaves a child behind, keeps nobody waiting.
    with tempfile.TemporaryFile() as told, tempfile.TemporaryFile() as errors:
        told.write(json.dumps(public(event)).encode())
        told.seek(0)
        try:
            process = subprocess.Popen(  # noqa: S603 - an argument vector, and no shell
                command, stdin=told, stdout=subprocess.DEVNULL, stderr=errors, env=environment, start_new_session=True
            )
        except (OSError, TypeError, ValueError) as error:
            raise EnvironmentFault(f"The command {command} cannot be run: {error}.", next=NEXT) from error
        try:
            code = process.wait(time_limit)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)  # with all that it has started
            process.wait()
            raise EnvironmentFault(f"{command[0]} was ended after {time_limit:g} seconds.", next=NEXT) from None
        if code != 0:
            errors.seek(0)
            said = errors.read(300).decode(errors="replace").strip()
            raise EnvironmentFault(f"{command[0]} ended with {code}: {said or 'it said nothing'}.", next=NEXT)
