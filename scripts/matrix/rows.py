"""The compositions that people install."""

from __future__ import annotations

from typing import Final, NamedTuple

CORE: Final = ("vespera-core", "vespera-sql", "vespera-static")
"""What `pip install vespera-core` brings of ours."""
PLUGINS: Final = (
    "vespera-roles", "vespera-security", "vespera-chroma", "vespera-kuzu", "vespera-api", "vespera-mcp",
    "vespera-testkit",
)  # fmt: skip


class Row(NamedTuple):
    """A composition: its name, our distributions beside the core, and how the others are chosen."""

    name: str
    plugins: tuple[str, ...] = ()
    quick: bool = False
    oldest: bool = False
    """The oldest releases that our own ranges allow."""
    bare: tuple[str, ...] = ()
    """Installed without what they need: they must say so, and break nothing."""

    @property
    def distributions(self) -> tuple[str, ...]:
        """Everything of ours that is installed with its dependencies."""
        return (*CORE, *self.plugins)


ROWS: Final = (
    Row("core", quick=True),
    *(Row(f"core+{one.removeprefix('vespera-')}", (one,)) for one in PLUGINS),
    Row("core+torchless", bare=("vespera-sentence-transformers",)),
    Row("core+chroma+kuzu", ("vespera-chroma", "vespera-kuzu"), quick=True),
    Row("everything", PLUGINS, quick=True, bare=("vespera-sentence-transformers",)),
    Row("core, oldest", oldest=True),
    Row("everything, oldest", PLUGINS, oldest=True),
)
