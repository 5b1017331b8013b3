"""The official conformance suite finds no fault with either of the servers that answer over HTTP.

It runs the scenarios that need no tools of their own at the server. Of one, two checks call such a tool, and cannot
pass here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from plugins.mcp.http.site import running
from plugins.mcp_checks.npm import only_deep, programs, run
from plugins.mcp_checks.prepared import prepare

pytestmark = only_deep

SERVERS = {
    "mounted": ("serve", "--port", "0", "--no-services"), "standalone": ("mcp", "--http", "127.0.0.1:0"),
}  # fmt: skip
SCENARIOS = (
    "server-initialize", "server-session-lifecycle", "ping", "tools-list", "resources-list", "prompts-list",
    "completion-complete", "sep-2164-resource-not-found", "dns-rebinding-protection", "caching",
    "http-header-validation", "server-sse-multiple-streams", "server-stateless",
)  # fmt: skip
WITHOUT_ITS_TOOL = {
    "server-stateless": {"sep-2575-server-rejects-undeclared-capability", "sep-2575-missing-capability-http-400"}
}
"""Checks that call the tool test_missing_capability, which no server has but one that is made for the suite."""


@pytest.fixture(scope="module", params=SERVERS)
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    programs()
    folder = tmp_path_factory.mktemp("served")
    prepare(folder)
    with running(folder, *SERVERS[request.param], tokens={}) as site:
        yield site.url


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_scenario(url: str, scenario: str, tmp_path: Path) -> None:
    done = run("conformance", ["server", "--url", url, "--scenario", scenario, "--output-dir", tmp_path], tmp_path)
    (found,) = tmp_path.glob("**/checks.json")
    checks = json.loads(found.read_text())
    failed = {one["id"] for one in checks if one["status"] not in ("SUCCESS", "INFO", "WARNING", "SKIPPED")}
    assert failed == WITHOUT_ITS_TOOL.get(scenario, set()), done.stdout[-3000:]
    passed = re.search(r"Passed: (\d+)/(\d+)", done.stdout)
    assert passed is not None, done.stdout + done.stderr
    assert int(passed[1]) == int(passed[2]) - len(failed) > 0
