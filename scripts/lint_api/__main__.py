"""Hold the OpenAPI document against the rules of Spectral and of Redocly: ``python scripts/lint_api [FILE]``.

The linters are npm packages; they are installed below ``build/lint-api`` once, without running their install scripts.
Exits 0 where neither has anything to say, 1 where one has, and 3, with the reason, where they cannot be had.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RULES = Path(__file__).resolve().parent
DOCUMENT = ROOT / "plugins" / "vespera-api" / "openapi.json"
PLACE = ROOT / "build" / "lint-api"
PACKAGES = ("@stoplight/spectral-cli@6.16.3", "@redocly/cli@2.77.0")
UNAVAILABLE = 3
_QUIET = {**os.environ, "REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}


def lacking() -> str | None:
    """Why the linters cannot be had, after an attempt to install them; None where they can."""
    for program in ("node", "npm"):
        if shutil.which(program) is None:
            return f"{program} is not installed"
    stamp = PLACE / "installed"
    if stamp.is_file() and stamp.read_text(encoding="utf-8").split() == [*PACKAGES]:
        return None
    PLACE.mkdir(parents=True, exist_ok=True)
    words = ["npm", "install", "--prefix", str(PLACE), "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
    done = subprocess.run([*words, *PACKAGES], capture_output=True, text=True, check=False)
    if done.returncode:
        return f"npm cannot install them: {(done.stderr or done.stdout).strip()[-300:]}"
    stamp.write_text("\n".join(PACKAGES), encoding="utf-8")
    return None


def run(name: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a linter."""
    program = PLACE / "node_modules" / ".bin" / name
    return subprocess.run([str(program), *words], capture_output=True, text=True, check=False, env=_QUIET)


def spectral(document: Path) -> list[str]:
    """What Spectral has to say."""
    done = run("spectral", "lint", str(document), "--ruleset", str(RULES / "spectral.yaml"), "--format", "json")
    start = done.stdout.find("[")
    if start < 0:
        return [f"spectral: {(done.stderr or done.stdout).strip()}"] if done.returncode else []
    found, _ = json.JSONDecoder().raw_decode(done.stdout[start:])
    return [f"spectral: {'/'.join(map(str, one['path']))}: {one['code']}: {one['message']}" for one in found]


def redocly(document: Path) -> list[str]:
    """What Redocly has to say."""
    done = run("redocly", "lint", str(document), "--config", str(RULES / "redocly.yaml"), "--format", "json")
    start = done.stdout.find("{")
    if start < 0:
        return [f"redocly: {(done.stderr or done.stdout).strip()}"]
    found = json.JSONDecoder().raw_decode(done.stdout[start:])[0]["problems"]
    return [f"redocly: {one['location'][0].get('pointer', '')}: {one['ruleId']}: {one['message']}" for one in found]


def main(arguments: list[str]) -> int:
    """Print what the linters have to say."""
    document = Path(arguments[0]) if arguments else DOCUMENT
    reason = lacking()
    if reason is not None:
        sys.stderr.write(f"The linters of OpenAPI cannot be had: {reason}.\n")
        return UNAVAILABLE
    problems = [*spectral(document), *redocly(document)]
    sys.stdout.writelines(f"{one}\n" for one in problems)
    sys.stdout.write(f"{document.name}: {len(problems)} problems found by Spectral and Redocly\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
