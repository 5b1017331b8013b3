"""The example that brings a vector index, built and installed for real: it serves by one line, and is missed.

That it passes its suites is shown by the tutorial, and here in a clean environment.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import venv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from docs.home import EXAMPLES, ROOT, Home, module_lines
from integration.conftest import PIP, wheels_of

BAKERY = EXAMPLES / "bakery" / "issues.jsonl"
DATA = ROOT.parent / "shared" / "data"
WHEELS = (
    "core", "plugins/vespera-sql", "plugins/vespera-static", "plugins/vespera-testkit", "docs/examples/usearch-index",
)  # fmt: skip
MISSING = (
    " Exact answers instead. Install the plugin that brings 'usearch', or name one that is on offer."
    " To do without it: 'vespera config set vectors exact'."
)
SAME_AS_EXACT = """
import numpy as np
from vespera_core import Vespera
from vespera_core.model.query import TaskQuery

with Vespera.open() as ledger:
    found = ledger.search("the background process goes down without telling anybody", limit=20)
    assert any("Daemon crashes silently" in task.title for task in found.tasks)
    engines = ledger.kernel.engines
    index, exact = engines.vectors(), engines.exact()
    with ledger.kernel.storage.read() as reader:
        rows = [np.frombuffer(one.vector, dtype="<f4") for one in reader.task_vectors(engines.embedder().model_id)]
    for scope in (None, TaskQuery(open=True), TaskQuery(types=("bug",))):
        pairs = [(index.nearest(row, 20, scope), exact.nearest(row, 20, scope)) for row in rows[::60]]
        shares = [len({one.task_id for one in near} & {one.task_id for one in right}) / 20 for near, right in pairs]
        assert sum(shares) / len(shares) > 0.98, (scope, shares)
    assert (index.switch.reason, index.switch.index.is_open) == ("", True)
"""


@pytest.fixture
def home(shell: Any, site_of: Callable[[str], Path]) -> Home:
    """A workspace beside the plugin."""
    return Home(shell.start, shell.environment | {"PYTHONPATH": str(site_of("usearch-index"))})


def answering(home: Home) -> dict[str, Any]:
    """Who answers questions about meanings, and why."""
    return next(one for one in home("services", "status")["engines"] if one["kind"] == "vectors")


def check_report(suites: list[dict[str, Any]]) -> None:
    """Every rule is kept, and nothing is said of what it does not offer."""
    index, plugin = sorted(suites, key=lambda one: str(one["kind"]), reverse=True)
    assert plugin["counts"] == {"passed": len(plugin["rules"])}
    assert (index["kind"], index["name"], index["origin"]) == ("vectors", "usearch", "usearch-index 0.1.0")
    assert index["capabilities"] == {
        "durable": "passed", "direct": "not offered", "approximate": "declared", "filters": "declared",
    }  # fmt: skip
    others = {rule: outcome for rule, outcome in index["rules"].items() if outcome != "passed"}
    assert others == {"test_a_direct_one_is_not_fed": "not offered"}
    assert index["counts"]["passed"] >= 17


def test_one_line_puts_it_in_force_and_without_it_search_goes_on(home: Home) -> None:
    home("import", "beads", BAKERY)
    before = home("search", "bookkeeping")
    home("config", "set", "vectors", "usearch")
    assert answering(home)["reason"] == "it has not been built yet"
    home("services", "run", "--for", "2s")
    assert answering(home) == {
        "kind": "vectors", "wanted": "usearch", "answers": "usearch", "reason": "", "behind": 0,
    }  # fmt: skip
    home("create", "\u16a0\u16b1", "--id", "bake-q")  # runes, of which the model knows nothing, are held as well
    found = home("search", "bookkeeping")
    assert [one["task_id"] for one in found["tasks"]] == [one["task_id"] for one in before["tasks"]]
    assert (found["degraded"], found["reason"]) == (False, None)
    assert home("stores", "bake-q")["indexes"]["vectors/usearch"] == 1
    assert home("rebuild", "vectors")["rebuilt"][0]["tasks"] == 24
    findings = {one["check"]: one["severity"] for one in home("doctor")["findings"]}
    assert findings["index vectors/usearch"] == "ok"
    is_missed(home, "PYTHONPATH")


def is_missed(home: Home, variable: str = "") -> None:
    """Take the plugin away, where it is in a variable: search goes on without it, and says what is missing."""
    home.variables = {name: value for name, value in home.variables.items() if name != variable}
    found = home("search", "bookkeeping")
    assert found["tasks"][0]["task_id"] == "bake-c4"
    assert found["reason"].startswith("vectors 'usearch' is not offered by any plugin; on offer: exact (vespera-core ")
    assert found["reason"].endswith(MISSING)
    assert not found["degraded"]
    assert answering(home)["answers"] == "exact"
    error = home("rebuild", "vectors", code=5)
    assert error["next"] == "Install the plugin that brings 'usearch', or name one that is on offer."
    home("config", "set", "vectors", "exact")
    assert home("search", "bookkeeping")["reason"] is None


def test_blocked_it_is_missed_by_name(home: Home) -> None:
    home("config", "set", "vectors", "usearch")
    home.variables = {**home.variables, "VESPERA_BLOCK": "usearch-index"}
    reason = home("search", "bread")["reason"]
    assert "plugin 'usearch' (usearch-index 0.1.0) is blocked by 'usearch-index'." in reason
    assert "Take 'usearch-index' out of VESPERA_BLOCK or [plugins] block to load it." in reason


@pytest.mark.data
@pytest.mark.skipif(not DATA.is_dir(), reason=f"the real projects are not at {DATA}")
def test_on_a_real_project_it_finds_what_the_exact_index_finds(home: Home) -> None:
    home("import", "beads", DATA / "beads-issues.jsonl")
    home("config", "set", "vectors", "usearch")
    assert home("rebuild", "vectors")["rebuilt"][0]["tasks"] == 2295
    done = home.run("python", "-c", SAME_AS_EXACT)
    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(os.environ.get("VESPERA_DEEP") != "1", reason="takes a minute; runs with VESPERA_DEEP=1")
def test_a_clean_environment_with_only_wheels(tmp_path: Path, shell: Any) -> None:
    venv.create(tmp_path / "venv", with_pip=False, symlinks=True)
    pip = [*PIP, "--python", tmp_path / "venv" / "bin" / "python"]
    wheels = wheels_of(tmp_path / "wheels", *WHEELS)
    subprocess.run([*pip, "install", "--quiet", *wheels], check=True, capture_output=True, timeout=600)
    home = Home(shell.start, shell.environment, tmp_path / "venv" / "bin")
    folder = tmp_path / "suite"
    folder.mkdir()
    shutil.copy(EXAMPLES / "usearch-index" / "test_conformance.py", folder)
    done = home.run("python", "-m", "pytest", "-W", "error", "--vespera-report", "report.json", cwd=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    check_report(json.loads((folder / "report.json").read_text(encoding="utf-8"))["suites"])
    home("import", "beads", BAKERY)
    home("config", "set", "vectors", "usearch")
    home("rebuild", "vectors")
    assert home("search", "bookkeeping")["tasks"][0]["task_id"] == "bake-c4"
    assert answering(home)["answers"] == "usearch"
    subprocess.run([*pip, "uninstall", "--quiet", "--yes", "usearch-index"], check=True, capture_output=True)
    is_missed(home)


def test_it_is_as_short_as_an_example_should_be() -> None:
    assert module_lines("usearch-index") < 120
