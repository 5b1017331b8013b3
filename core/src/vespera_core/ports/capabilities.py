"""The capabilities that a provider may declare: promises beyond what every backend of its kind keeps.

A declared capability must work. Without it, what it names must be refused (`Unsupported`) or be absent, as it says
below: the conformance kit holds providers to both. Other words are not known, and the kit refuses them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

DURABLE: Final = "durable"
DIRECT: Final = "direct"
MULTI_PROCESS: Final = "multi_process"
SNAPSHOTS: Final = "snapshots"
BACKUP: Final = "backup"
RESTORE: Final = "restore"
APPROXIMATE: Final = "approximate"
FILTERS: Final = "filters"
QUERY: Final = "query"
COMMANDS: Final = "commands"

CAPABILITIES: Final[Mapping[str, Mapping[str, str]]] = {
    "storage": {
        DURABLE: "What was written is there when the store is opened again. Without it, every opening starts empty.",
        MULTI_PROCESS: "Several processes use one store at once. Without it, one process has its store for itself.",
        SNAPSHOTS: "A write takes effect while a snapshot is open, unseen by it. Without it, the write waits.",
        BACKUP: "`Storage.backup` writes a copy. Without it, it raises Unsupported and writes nothing.",
        RESTORE: "`Provider.restore` puts a backup in the store's place. Without it, that is None.",
    },
    "vectors": {
        DURABLE: "It keeps files of its own, and is a `Projection` that the core feeds.",
        DIRECT: "It keeps no files here and needs no feeding: it reads the primary store, or asks a server.",
        APPROXIMATE: "It may miss some of the nearest. Without it, it finds them all, in their order.",
        FILTERS: "It applies every filter of a query itself. Without it, it raises Unsupported for some of them.",
    },
    "graph": {
        DURABLE: "It keeps files of its own, and is a `Projection` that the core feeds.",
        DIRECT: "It keeps no files here and needs no feeding: it reads the primary store, or asks a server.",
        QUERY: "`Graph.query` answers in a language of its own. Without it, it raises Unsupported.",
    },
    "executor": {
        COMMANDS: "It runs commands itself. Without it, `start` answers None: the calling agent does the work.",
    },
}
"""Each capability of each kind of provider: what it promises, and what is so without it."""
