"""The example that hears of events, built and installed for real: a task is completed, and the command has run."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from docs.home import module_lines

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "docs" / "examples" / "notify-command"
PAGE = ROOT / "docs" / "howto" / "write-a-plugin.md"
VESPERA = Path(sys.executable).with_name("vespera")
WRITES = """
import os, sys
from pathlib import Path
Path("keys").write_text(" ".join(name for name in os.environ if name.startswith("VESPERA_")))
with Path("tries").open("a") as stream:
    stream.write("x")
if len(Path("tries").read_text()) < 2:
    sys.exit("the team is at lunch")
Path("told.part").write_text(sys.stdin.read())
Path("told.part").rename("told.json")
"""
HANGS = """
import subprocess, sys
from pathlib import Path
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
Path("child").write_text(str(child.pid))
child.wait()
"""
CASES = [
    (["/nowhere/at/all"], "The command ['/nowhere/at/all'] cannot be run: "),
    ([3], "The command [3] cannot be run: "),
    ("echo", "[plugin.notify] command is of the wrong type: 'echo'."),
    ([sys.executable, "-c", "raise SystemExit('at lunch')"], f"{sys.executable} ended with 1: at lunch."),
    ([sys.executable, "-c", "raise SystemExit(3)"], f"{sys.executable} ended with 3: it said nothing."),
    ([sys.executable, "-c", HANGS], f"{sys.executable} was ended after 1 seconds."),
]
"""Commands that fail, and what is said of them."""
TRIES_ALL = """
import json, sys
from pathlib import Path
from vespera_core import Vespera
from vespera_core.app.application import init_workspace
from vespera_core.app.services.events import EventHandling
from vespera_core.errors import PluginFault
init_workspace(Path("."), prefix="web", actor="ann")
config = Path(".vespera/config.toml")
usual = config.read_text()
for command in json.loads(sys.argv[1]):
    config.write_text(f"{usual}[plugin.notify]\\ntime_limit = 1\\ncommand = {json.dumps(command)}\\n")
    with Vespera.open() as ledger:
        service = EventHandling(ledger.kernel, {"interval": 60.0})
        service.name = "events-notify"
        try:
            service.run(lambda: False)
            ledger.tasks.complete_task(ledger.tasks.create_task("A").task_id)
            service.run(lambda: False)
        except PluginFault as fault:
            print(json.dumps([fault.message, fault.next]))
        config.write_text(usual)
    with Vespera.open() as ledger:
        service = EventHandling(ledger.kernel, {"interval": 60.0})
        service.name = "events-notify"
        service.run(lambda: False)
"""

Run = Callable[..., Any]


@pytest.fixture(scope="module")
def site(site_of: Callable[[str], Path]) -> Path:
    """A folder with the plugin installed in it, from the wheel alone."""
    return site_of("notify-command")


@pytest.fixture
def run(site: Path, shell: Any) -> Run:
    """Run a command beside the plugin: what it answers."""
    shell.environment["PYTHONPATH"] = str(site)

    def vespera(*words: str) -> Any:
        done = subprocess.run(
            [VESPERA, "--json", *words], cwd=shell.start, env=shell.environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)["data"]

    vespera("init", "--prefix", "web")
    return vespera


def eventually(check: Callable[[], Any]) -> Any:
    """What a check answers, once it answers something."""
    deadline = time.monotonic() + 30
    while not (found := check()):
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.05)
    return found


def test_vespera_handle_event_runs_the_command_again_where_it_failed_at_first(run: Run, shell: Any) -> None:
    command = json.dumps([sys.executable, "-c", WRITES])
    with (shell.start / ".vespera" / "config.toml").open("a", encoding="utf-8") as stream:
        stream.write(f"[plugin.notify]\ncommand = {command}\n")
    run("create", "Bake", "--id", "web-1")
    variables = shell.environment | {"VESPERA_PROJECT": "web"}
    words = [VESPERA, "--json", "services", "run"]
    with subprocess.Popen(words, cwd=shell.start, env=variables, stdout=subprocess.PIPE, text=True) as host:
        eventually(lambda: run("services", "status", "events-notify")["services"][0]["last_run"])
        run("complete", "web-1")
        eventually((shell.start / "told.json").exists)
        host.terminate()
        answer = json.loads(host.communicate(timeout=30)[0])["data"]
    told = json.loads((shell.start / "told.json").read_text())
    assert (told["kind"], told["entity"], told["actor"]) == ("task.completed", "web-1", "ann")
    assert told["at"].endswith("Z")
    assert (shell.start / "tries").read_text() == "xx"
    assert (shell.start / "keys").read_text() == ""
    state = next(one for one in answer["services"] if one["name"] == "events-notify")
    assert state["summary"] == "Tells plugin 'notify' (notify-command 0.1.0) of events."


def test_a_command_that_cannot_be_run_is_told_with_the_next_step(site: Path, shell: Any) -> None:
    """In one process, which calls the plugin's service as its leader does."""
    variables = shell.environment | {"PYTHONPATH": str(site)}
    commands = json.dumps([command for command, _ in CASES])
    done = subprocess.run(
        [sys.executable, "-c", TRIES_ALL, commands], cwd=shell.start, env=variables, capture_output=True, text=True
    )
    faults = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(faults) == len(CASES), done.stderr
    for (message, step), (_, said) in zip(faults, CASES, strict=True):
        assert message.startswith("plugin 'notify' (notify-command 0.1.0) could not take event ")
        assert f" (task.completed): {said}" in message
        assert step.startswith(("Correct the command under [plugin.notify]", "Write it as its default is"))
    child = Path("/proc", (shell.start / "child").read_text(), "stat")
    assert not child.exists() or child.read_text().rpartition(")")[2].split()[0] == "Z", "it was ended as well"


def test_it_is_as_short_as_an_example_should_be() -> None:
    assert module_lines("notify-command") < 120


def test_the_page_quotes_its_files(blocks: Any) -> None:
    source = (EXAMPLE / "notify_command.py").read_text(encoding="utf-8") + (EXAMPLE / "README.md").read_text()
    quoted = [block.text for block in blocks(PAGE) if block.mark == "notify"]
    assert len(quoted) == 2
    for text in quoted:
        assert text in source, text
