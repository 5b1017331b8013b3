"""What changed in the Python API and the hooks since the last release, and whether CHANGELOG.md says so.

`docs/reference/public-api.txt` is the list of public names (`make docs` writes it), and `public_api/released.txt` the
one of the last release. Each name that is new, gone or changed has to stand under "Unreleased", whole and in
backquotes; one whose change breaks plugins in an entry that says **Breaking**. Until 0.1.0 is published the second file
is a draft of what it will promise: whoever writes a plugin today reads of changes in the same place.

Run it to see what is to be said; with ``--check`` it exits 1 where something is not, and with ``--released`` it keeps
what there is now as what was released.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from api_changes import unreleased
from public_api.judging import Change, changes
from public_api.listing import listing, parsed

ROOT = Path(__file__).resolve().parents[1]
LOCK = ROOT / "scripts" / "public_api" / "released.txt"


def missing(found: list[Change], said: str) -> list[Change]:
    """The changes that the unreleased part of the changelog does not tell of, or not as breaking."""
    entries = re.split(r"^[-*] ", said, flags=re.MULTILINE)
    breaking = "".join(entry for entry in entries if "**Breaking" in entry)
    return [one for one in found if f"`{one.name}`" not in (breaking if one.breaks else said)]


def told(one: Change) -> str:
    """One change, for whoever is to write of it."""
    lines = [f"  {'breaking' if one.breaks else 'compatible'} `{one.name}`"]
    lines += [f"      was {one.before}"] if one.before else []
    lines += [f"      is {one.after}" if one.after else "      is gone"]
    return "".join(f"{line}\n" for line in lines)


def main(arguments: list[str]) -> int:
    """Say what is missing in the changelog; 1 where ``--check`` finds something."""
    if len(arguments) > 1 or set(arguments) - {"--check", "--released"}:
        sys.stderr.write("Only --check or --released is known.\n")
        return 2
    now = listing()
    if arguments == ["--released"]:
        LOCK.write_text(now, encoding="utf-8")
        return 0
    found = changes(parsed(LOCK.read_text(encoding="utf-8")), parsed(now))
    silent = missing(found, unreleased((ROOT / "CHANGELOG.md").read_text(encoding="utf-8")))
    if silent:
        sys.stderr.write(
            "CHANGELOG.md, under Unreleased, has to say what changed in the Python API, and name the following; what "
            "is breaking in an entry that says **Breaking**:\n"
        )
        sys.stderr.writelines(map(told, silent))
    return 1 if arguments and silent else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
