"""What changed in the HTTP API since the last release, and whether CHANGELOG.md says so.

Each operation and each schema of `openapi.json` is known by its name and a digest of what the document says of it, such
as ``get_tasks@1f3a9c2e``; one that is gone as ``get_tasks@gone``. `openapi.released.txt` beside the document keeps
those of the last release. Whatever differs from it has to be named so under "Unreleased": a change that is made later
has another digest, and needs its word too.

Run it to see what is to be said; with ``--check`` it exits 1 where something is not, and with ``--released`` it keeps
what there is now as what was released.
"""

from __future__ import annotations

import json
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
HOME = ROOT / "plugins" / "vespera-api"
GONE = "gone"


def surface(document: dict[str, Any]) -> dict[str, str]:
    """The digest of each operation by its id, and of each schema, response and the rest by its name."""
    parts = {
        said["operationId"]: {"path": path, "method": method, **said}
        for path, methods in document["paths"].items()
        for method, said in methods.items()
    }
    for kind, named in document["components"].items():
        parts |= {f"{kind}.{name}": said for name, said in named.items()}
    parts["security"] = document["security"]
    return {name: _digest(said) for name, said in sorted(parts.items())}


def _digest(said: object) -> str:
    return sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:8]


def changes(now: dict[str, str], released: dict[str, str]) -> list[str]:
    """What differs, as the changelog has to name it."""
    names = sorted(now.keys() | released.keys())
    return [f"{name}@{now.get(name, GONE)}" for name in names if now.get(name) != released.get(name)]


def unreleased(changelog: str) -> str:
    """The part of the changelog about what is not released yet."""
    return changelog.partition("\n## Unreleased\n")[2].partition("\n## ")[0]


def main(arguments: list[str]) -> int:
    """Say what is missing in the changelog; 1 where ``--check`` finds something."""
    if len(arguments) > 1 or set(arguments) - {"--check", "--released"}:
        sys.stderr.write("Only --check or --released is known.\n")
        return 2
    now = surface(json.loads((HOME / "openapi.json").read_text(encoding="utf-8")))
    lock = HOME / "openapi.released.txt"
    if arguments == ["--released"]:
        lock.write_text("".join(f"{name} {digest}\n" for name, digest in now.items()), encoding="utf-8")
        return 0
    released = dict(line.split() for line in lock.read_text(encoding="utf-8").splitlines())
    said = unreleased((ROOT / "CHANGELOG.md").read_text(encoding="utf-8"))
    missing = [one for one in changes(now, released) if one not in said]
    if missing:
        sys.stderr.write("CHANGELOG.md, under Unreleased, has to say what changed in the HTTP API, and name:\n")
        sys.stderr.writelines(f"  {one}\n" for one in missing)
    return 1 if arguments and missing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
