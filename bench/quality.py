"""How good search is: queries with known answers, by mode and difficulty, beside plain rank fusion.

``python -m bench.quality ISSUES QUERIES [--embedder NAME] [--settings FILE]`` takes issues in the format of beads, and
queries as JSON lines with ``query``, ``relevant`` (ids) and ``difficulty``. Only issues that are worth finding are
imported. The figures: MRR@10, and how many queries have a relevant task among the first 1, 5 and 10 (recall).
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from bench.stores import ACTOR, opened
from vespera_core.app.application import Vespera, init_workspace
from vespera_core.app.requests import ImportFile

UNSOUGHT = {"event", "message", "agent", "merge-request", "molecule", "gate", "rig", "role"}
"""Types that tools write for themselves."""

FEWEST_WORDS = 6
DEPTH = 10
RRF = 60
"""The constant of reciprocal rank fusion (Cormack, Clarke and Büttcher, 2009)."""

Ranker = Callable[[str], list[str]]


class Query(NamedTuple):
    """A query and its answers."""

    text: str
    relevant: frozenset[str]
    difficulty: str


class Quality(NamedTuple):
    """How good a way of searching is over some queries."""

    queries: int
    mrr: float
    recall: dict[int, float]


def is_sought(row: dict[str, Any]) -> bool:
    """Whether somebody may want to find an issue."""
    words = f"{row['title']} {row.get('description') or ''}".split()
    return row["status"] != "tombstone" and row.get("issue_type") not in UNSOUGHT and len(words) >= FEWEST_WORDS


def workspace(folder: Path, issues: Path, embedder: str | None = None, settings: str = "") -> Path:
    """A workspace with the issues that are worth finding."""
    with issues.open(encoding="utf-8") as stream:
        lines = [line for line in stream if line.strip() and is_sought(json.loads(line))]
    file = folder / "sought.jsonl"
    file.write_text("".join(lines), encoding="utf-8")
    init_workspace(folder, prefix="q", actor=ACTOR)
    config = folder / ".vespera" / "config.toml"
    chosen = f'embedder = "{embedder}"\n' if embedder else ""
    config.write_text(config.read_text(encoding="utf-8") + chosen + settings, encoding="utf-8")
    with opened(folder) as ledger:
        ledger.call("exchange.import", ImportFile(format="beads", path=str(file)))
    return folder


def read_queries(path: Path) -> list[Query]:
    """The queries of a file."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]
    return [Query(row["query"], frozenset(row["relevant"]), row["difficulty"]) for row in rows]


def by_mode(ledger: Vespera, mode: str, depth: int = DEPTH) -> Ranker:
    """A mode of search as a ranking of ids."""
    return lambda text: [hit.task_id for hit in ledger.search(text, mode=mode, limit=depth).hits]


def rank_fusion(*rankers: Ranker) -> Ranker:
    """Reciprocal rank fusion of several rankings."""

    def ranked(text: str) -> list[str]:
        scores: dict[str, float] = {}
        for ranker in rankers:
            for rank, task_id in enumerate(ranker(text), 1):
                scores[task_id] = scores.get(task_id, 0.0) + 1 / (RRF + rank)
        return sorted(scores, key=lambda one: (-scores[one], one))[:DEPTH]

    return ranked


def rank_of(query: Query, ranker: Ranker) -> int:
    """The place of the first right answer among the first ten; 0 where there is none."""
    return next((place for place, one in enumerate(ranker(query.text)[:DEPTH], 1) if one in query.relevant), 0)


def quality(ranks: Sequence[int]) -> Quality:
    """Judge the places of the first right answers."""
    count = max(len(ranks), 1)
    recall = {depth: sum(0 < rank <= depth for rank in ranks) / count for depth in (1, 5, DEPTH)}
    return Quality(len(ranks), sum(1 / rank for rank in ranks if rank) / count, recall)


def measured(ledger: Vespera, queries: Sequence[Query]) -> dict[str, dict[str, Quality]]:
    """The quality of every mode and of plain rank fusion, over all queries and by difficulty."""
    ways = {mode: by_mode(ledger, mode) for mode in ("text", "semantic", "hybrid")}
    ways["plain rank fusion"] = rank_fusion(by_mode(ledger, "text", 200), by_mode(ledger, "semantic", 200))
    levels = ["all", *dict.fromkeys(query.difficulty for query in queries)]
    found: dict[str, dict[str, Quality]] = {}
    for name, way in ways.items():
        ranks = [(query.difficulty, rank_of(query, way)) for query in queries]
        found[name] = {level: quality([rank for one, rank in ranks if level in ("all", one)]) for level in levels}
    return found


def table(found: dict[str, dict[str, Quality]]) -> str:
    """The figures as text."""
    lines = [f"{'':20}{'':10}{'queries':>8}{'MRR@10':>9}{'R@1':>7}{'R@5':>7}{'R@10':>7}"]
    for name, levels in found.items():
        for level, one in levels.items():
            recall = "".join(f"{value:7.2f}" for value in one.recall.values())
            lines.append(f"{name if level == 'all' else '':20}{level:10}{one.queries:8}{one.mrr:9.3f}{recall}")
    return "\n".join(lines)


def _print(folder: Path, queries: Sequence[Query]) -> None:
    with opened(folder) as ledger:
        started = time.monotonic()
        ledger.kernel.engines.catch_up(3600)
        print(f"{ledger.kernel.engines.embedder().model_id}: embedded in {time.monotonic() - started:.1f} s\n")
        print(table(measured(ledger, queries)))


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.quality", description=__doc__)
    parser.add_argument("issues", type=Path)
    parser.add_argument("queries", type=Path)
    parser.add_argument("--embedder", help="the embedder to configure; else the default one")
    parser.add_argument("--settings", type=Path, help="a file of TOML to add to the workspace's configuration")
    chosen = parser.parse_args()
    settings = chosen.settings.read_text(encoding="utf-8") if chosen.settings else ""
    with TemporaryDirectory() as place:
        folder = workspace(Path(place), chosen.issues, chosen.embedder, settings)
        _print(folder, read_queries(chosen.queries))
    return 0


if __name__ == "__main__":
    sys.exit(main())
