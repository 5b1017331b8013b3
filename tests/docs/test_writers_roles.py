"""The example that brings roles, built and installed for real: chosen by its name, its roles bite."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from docs.home import Home, module_lines


@pytest.fixture
def home(shell: Any, site_of: Callable[[str], Path]) -> Home:
    """A workspace beside the plugin, whose roles are in force."""
    made = Home(shell.start, shell.environment | {"PYTHONPATH": str(site_of("writers-roles"))})
    made("config", "set", "roles.set", "writers")
    return made


def as_worker(home: Home, role: str) -> None:
    home.variables = {**home.variables, "VESPERA_ACTOR": "bot", "VESPERA_ROLE": role}


def test_its_roles_are_listed_and_shown(home: Home) -> None:
    answer = home("role", "list")
    assert answer["chosen"] == "writers"
    assert [one["name"] for one in answer["roles"]] == ["editor", "translator", "writer"]
    editor, writer = (home("role", "show", one)["role"] for one in ("editor", "writer"))
    assert editor["edit"] == writer["edit"], "an editor edits what a writer does"
    assert (editor["max_concurrent_tasks"], editor["validation"]) == (5, [])


def test_a_role_limits_what_a_worker_may_claim(home: Home) -> None:
    for number in (1, 2, 3):
        home("create", f"Page {number}", "--id", f"bake-{number}", "--role", "writer", "--acceptance", "It is clear.")
    home("create", "Vague", "--id", "bake-4", "--role", "writer")
    as_worker(home, "writer")
    assert home("claim", "bake-4", code=1)["message"] == (
        "A worker of the role writer must not hold bake-4: bake-4 has no acceptance_criteria, which the role writer"
        " asks for."
    )
    for number in (1, 2):
        home("claim", f"bake-{number}")
    assert "workers hold 2 tasks of the role 'writer' already" in home("claim", "bake-3", code=1)["message"]


def test_a_role_limits_what_a_worker_may_edit(home: Home) -> None:
    def judged(path: str) -> bool:
        return home.run("vespera", "guard", "check", "--tool", "Edit", "--path", path).returncode == 0

    as_worker(home, "writer")
    assert [judged(one) for one in ("docs/en/start.md", "docs/reference/cli.md", "src/a.py")] == [True, False, False]
    as_worker(home, "translator")
    assert [judged(one) for one in ("docs/de/start.md", "docs/en/start.md", "README.md")] == [True, False, False]


def test_it_is_as_short_as_an_example_should_be() -> None:
    assert module_lines("writers-roles") < 120
