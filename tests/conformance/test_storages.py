"""The stores that ship."""

from __future__ import annotations

from vespera_testkit import StorageConformance


class TestMemory(StorageConformance):
    provider = "memory"


class TestSqlite(StorageConformance):
    provider = "sqlite"
