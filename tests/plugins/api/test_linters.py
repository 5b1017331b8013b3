"""The OpenAPI document passes the rules of Spectral and Redocly where these can be had, as in `make lint-api`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from reliability.support.dose import DEEP

ROOT = Path(__file__).resolve().parents[3]
DOCUMENT = ROOT / "plugins" / "vespera-api" / "openapi.json"
UNAVAILABLE = 3

pytestmark = pytest.mark.skipif(not DEEP, reason="the linters take long to start: `make lint-api` and `make test-api`")


def linted(*files: Path) -> tuple[int, str]:
    words = [sys.executable, ROOT / "scripts" / "lint_api", *files]
    done = subprocess.run(words, capture_output=True, text=True, timeout=500)
    if done.returncode == UNAVAILABLE:
        pytest.skip(done.stderr.strip())
    return done.returncode, done.stdout


def test_neither_has_anything_to_say() -> None:
    code, said = linted()
    assert code == 0, said


def test_both_find_what_is_wrong(tmp_path: Path) -> None:
    document = json.loads(DOCUMENT.read_text(encoding="utf-8"))
    document["paths"]["/api/v1/tasks"]["get"].pop("tags")
    document["info"].pop("license")
    wrong = tmp_path / "openapi.json"
    wrong.write_text(json.dumps(document), encoding="utf-8")
    code, said = linted(wrong)
    assert code == 1
    assert "spectral: paths//api/v1/tasks/get: operation-tags" in said
    assert "redocly: #/info: info-license" in said
