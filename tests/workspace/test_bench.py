"""The benchmark harness runs: tiny sizes, a raw limit beside every figure. No time is judged here.

In the ordinary run it is some of the families, which every seed draws anew; in the deep one all of them.
"""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from bench.__main__ import FAMILIES

from reliability.support.dose import some

ROOT = Path(__file__).resolve().parents[2]
ENGINES = ("vespera_chroma", "chromadb", "vespera_kuzu", "kuzu")
ABSENT = [name for name in ENGINES if find_spec(name) is None]
FIGURES = {
    "create": ("create, 1 caller",),
    "import": ("import",),
    "ready": ("ready", "claim"),
    "graph": ("add a dependency", "refuse to close"),
    "process": ("vespera show",),
    "vectors": ("exact, 10 of", "chroma, 10 of"),
    "indexes": (
        "40 creates, in every index", "the last of 40 creates found by its meaning", "rebuild the vectors",
        "texts embedded to rebuild the vectors", "rebuild the graph", "peak memory",
    ),
    "analysis": ("critical path", "impact of a delay", "what if it took longer", "forecast"),
    "guard": ("guard decision", "vespera guard hook"),
    "context": ("context of a task",),
    "api": (
        "POST /tasks, 1 client", "POST /tasks, 32 clients", "GET /tasks/{id}", "GET /tasks/ready",
        "an event heard by each", "event loop's lag",
    ),
    "mcp": (
        "get_task", "ready_tasks", "create_task", "from the start to the list of tools", "resident memory", "a plan",
    ),
    "growth": ("create, 80 tasks", "dashboard, 300 tasks", "growth of ready, 50, 300 beside 80"),
}  # fmt: skip
"""Each family, and how its figures begin."""


def test_the_harness_prints_its_table_and_writes_raw_limits_beside_every_figure(tmp_path: Path) -> None:
    path = tmp_path / "figures.json"
    families = some("bench", sorted(FIGURES), 3)
    only = [word for family in families for word in ("--only", family)]
    done = subprocess.run(
        [sys.executable, "-m", "bench", "--quick", "--json", path, "--dir", tmp_path / "stores", *only],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    whole = json.loads(path.read_text())
    names = [figure["figure"] for figure in whole["figures"]]
    assert set(FIGURES) == set(FAMILIES)
    for word in (word for family in families for word in FIGURES[family]):
        assert any(name.startswith(word) for name in names), word
        assert word in done.stdout
    for figure in whole["figures"]:
        if figure["met"] == "not measured":
            assert any(name in figure["note"] for name in ABSENT), figure
            continue
        assert figure["raw_limit"]["wall_median"] > 0, figure
        assert figure["ours"]["samples"] >= 1, figure
        if figure["figure"].startswith("texts embedded"):
            assert figure["ours"]["wall_median"] == 0, figure
    assert whole["machine"]["sqlite"]
    assert bool(whole["imports"]) == ("process" in families)
    assert not list((tmp_path / "stores").iterdir())
