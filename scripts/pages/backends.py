"""The page of back ends: what each of them promises, as the report of the conformance suites has it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

from pages.words import ROOT, code, page, table
from vespera_core.ports.capabilities import CAPABILITIES

REPORT: Final = ROOT / "scripts" / "pages" / "conformance.json"
TITLES: Final = {
    "storage": "Stores", "vectors": "Vector indexes", "graph": "Graphs", "embedder": "Embedding models",
    "executor": "Executors", "transport": "Transports", "service": "Services", "roles": "Sets of roles",
    "plugin": "Plugins",
}  # fmt: skip
LEAD: Final = """\
What ships, and what it promises: from [the report](../../scripts/pages/conformance.json) of the conformance suites
([vespera-testkit](../../plugins/vespera-testkit/README.md)), which `make conformance` runs and writes. A capability
that is declared was shown to work; one that is not was shown to be refused, or to be absent. A rule that was not run
is never counted as kept."""


def backends_page() -> str:
    return page("Back ends", LEAD, _parts())


def _parts() -> Iterator[str]:
    suites: list[dict[str, Any]] = json.loads(REPORT.read_text(encoding="utf-8"))["suites"]
    for kind, title in TITLES.items():
        yield f"## {title}"
        words = list(CAPABILITIES.get(kind, ()))
        rows = [_row(one, words) for one in suites if one["kind"] == kind]
        yield table(("name", "from", *words, "rules kept"), sorted(rows))
        if words:
            yield "\n".join(f"- {code(word)}: {CAPABILITIES[kind][word]}" for word in words)


def _row(suite: dict[str, Any], words: list[str]) -> tuple[str, ...]:
    told = {"passed": "yes", "declared": "yes", "not offered": "no"}
    states = [told.get(suite["capabilities"][word], suite["capabilities"][word]) for word in words]
    asked = sum(count for word, count in suite["counts"].items() if word != "not offered")
    return code(suite["name"]), suite["origin"], *states, f"{suite['counts'].get('passed', 0)} of {asked}"
