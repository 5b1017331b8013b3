"""The benchmark harness runs: tiny sizes, every family, a raw limit beside every figure. No time is judged here."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_harness_prints_its_table_and_writes_raw_limits_beside_every_figure(tmp_path: Path) -> None:
    path = tmp_path / "figures.json"
    done = subprocess.run(
        [sys.executable, "-m", "bench", "--quick", "--json", path, "--dir", tmp_path / "stores"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    whole = json.loads(path.read_text())
    names = [figure["figure"] for figure in whole["figures"]]
    for word in ("create, 1 caller", "import", "ready", "claim", "add a dependency", "refuse to close", "vespera show"):
        assert any(name.startswith(word) for name in names), word
        assert word in done.stdout
    for figure in whole["figures"]:
        assert figure["raw_limit"]["wall_median"] > 0, figure
        assert figure["ours"]["samples"] >= 1, figure
    assert whole["machine"]["sqlite"]
    assert whole["imports"]
    assert not list((tmp_path / "stores").iterdir())
