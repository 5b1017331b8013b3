"""The quality of search on a real project: floors, well below what is measured, under which no change may fall."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from bench.quality import Quality, measured, read_queries, workspace
from bench.stores import opened

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
ISSUES, QUERIES = DATA / "beads-issues.jsonl", DATA / "search-queries-dev.jsonl"

pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif(not QUERIES.exists(), reason=f"the queries with known answers are not at {QUERIES}"),
]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Quality]]:
    """The quality of each way of searching, with the default embedder, over all queries."""
    with opened(workspace(tmp_path_factory.mktemp("quality"), ISSUES)) as ledger:
        assert ledger.kernel.engines.catch_up(600).complete
        yield {name: levels["all"] for name, levels in measured(ledger, read_queries(QUERIES)).items()}


def test_words_alone(found: dict[str, Quality]) -> None:
    assert found["text"].mrr >= 0.55
    assert found["text"].recall[10] >= 0.65


def test_words_and_meaning(found: dict[str, Quality]) -> None:
    assert found["hybrid"].mrr >= 0.62
    assert found["hybrid"].recall[10] >= 0.72


def test_both_are_better_than_each(found: dict[str, Quality]) -> None:
    for alone in ("text", "semantic"):
        assert found["hybrid"].mrr > found[alone].mrr
        assert found["hybrid"].recall[10] >= found[alone].recall[10]
