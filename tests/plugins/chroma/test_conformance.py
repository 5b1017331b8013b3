"""Chroma's index passes its suite."""

from __future__ import annotations

from typing import ClassVar

from vespera_testkit import VectorConformance


class TestChroma(VectorConformance):
    """An approximate index, which at this size finds nearly all that there is."""

    provider = "chroma"
    recall: ClassVar[float] = 0.99
    expense = 5
