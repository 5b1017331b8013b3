"""The server as a process: it says where it is, answers, ends gracefully, and stays on its own machine."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from vespera_api.serving import check_address
from vespera_api.settings import ServerSettings
from vespera_core.app.application import init_workspace
from vespera_core.errors import ConfigError

MAIN = "import sys; from vespera_core.cli.main import main; sys.exit(main())"


@pytest.mark.parametrize("services", [True, False])
def test_it_serves_until_it_is_told_to_end(tmp_path: Path, services: bool) -> None:
    init_workspace(tmp_path, prefix="web", actor="ann")
    words = ["serve", "--port", "0", "--json", *([] if services else ["--no-services"])]
    server = subprocess.Popen(
        [sys.executable, "-c", MAIN, "-C", str(tmp_path), *words],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert server.stdout is not None
        url = json.loads(server.stdout.readline())["data"]["url"]
        request = urllib.request.Request(
            f"{url}/api/v1/tasks", b'{"title": "Over the wire"}', {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            assert answer.status == 201
        with urllib.request.urlopen(f"{url}/openapi.json", timeout=30) as answer:
            assert json.load(answer)["servers"][0]["url"] == url
        server.send_signal(signal.SIGTERM)
        out, err = server.communicate(timeout=60)
        assert (server.returncode, out, err) == (0, "", "")
    finally:
        server.kill()
        server.wait()


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "127.9.9.9"])
def test_addresses_of_this_machine_are_fine(host: str) -> None:
    check_address(host, ServerSettings())


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.5", "example.org", "", "127.0.0.1.evil.org"])
def test_others_are_refused_since_nobody_is_told_apart(host: str) -> None:
    with pytest.raises(ConfigError, match="other machines"):
        check_address(host, ServerSettings())
