"""The stores that ship."""

from __future__ import annotations

from pathlib import Path

from vespera_testkit import StorageConformance

GOLDEN = Path(__file__).parents[1] / "golden"


class TestMemory(StorageConformance):
    provider = "memory"


class TestSqlite(StorageConformance):
    """Before 0.1.0 nothing was published: these stores were made by the last commit with each schema."""

    provider = "sqlite"
    golden = GOLDEN / "sqlite"
