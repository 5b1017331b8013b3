"""The next step of an error speaks of requests: every command that the sources name has one, or is for the machine."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from plugins.api.conftest import ROOT
from vespera_api.hints import told
from vespera_api.routes.table import OF_PLUGINS, ROUTES

SOURCES = Path(__file__).resolve().parents[3]
AT_THE_MACHINE = ("-C OTHER restore-backup FILE", "restore-backup FILE", "init", "init DIR", "serve --port 0",
                  "config set ", "guard ", "export --format jsonl -o FILE", "doctor --repair",
                  "run cancel")  # fmt: skip
"""What no request does. The last is the beginning of a command that a text spells out behind it."""


def commands() -> set[str]:
    folders = [SOURCES / "core/src/vespera_core", *SOURCES.glob("plugins/*/src")]
    texts = [
        path.read_text(encoding="utf-8")
        for folder in folders
        for path in folder.rglob("*.py")
        if "cli" not in path.parts and path.name not in ("commands.py", "hints.py")
    ]
    found = {one for text in texts for one in re.findall(r"'vespera ([^'\"\n]+)'", text)}
    return {re.sub(r"\{[^{}]*\}", "x-1", one) for one in found}


@pytest.mark.parametrize("command", sorted(commands()))
def test_every_command_that_is_hinted_at_has_a_request(command: str) -> None:
    hint = told(f"Run 'vespera {command}' to see.")
    if command.startswith(AT_THE_MACHINE):
        assert hint == f"Run 'vespera {command}' to see."
        return
    method, path = re.fullmatch(r"Send '([A-Z]+) /api/v1([^'?]*)(?:\?\S*)?' to see\.", hint).groups()  # type: ignore[union-attr]
    known = {(one.method, re.sub(r"\{\w+\}", "[^/]+", one.path)) for one in (*ROUTES, *OF_PLUGINS)}
    assert any(method == other and re.fullmatch(pattern, path) for other, pattern in known), hint


@pytest.mark.parametrize(
    ("hint", "said"),
    [
        ("Correct the value, then repeat the request.", "Correct the value, then repeat the request."),
        ("Look at it with 'vespera show web-1'; or create it without --if-similar.",
         "Look at it with 'GET /api/v1/tasks/web-1'; or create it without if_similar."),
        ("Name one with --project ID.", "Name one with project_id ID."),
        ("Act as somebody who may (--actor).", "Act as somebody who may (Vespera-Actor)."),
        ("Run 'vespera project list', or make it with 'vespera project create ID'.",
         "Send 'GET /api/v1/projects', or make it with 'POST /api/v1/projects'."),
        ("Run 'vespera config set graph memory --now'.", "Run 'vespera config set graph memory --now'."),
    ],
)  # fmt: skip
def test_it_speaks_of_requests(hint: str, said: str) -> None:
    assert told(hint) == said


def test_errors_of_the_server_do(client: TestClient) -> None:
    assert "'GET /api/v1/tasks?limit=0'" in client.get(f"{ROOT}/tasks/zzz").json()["next"]
