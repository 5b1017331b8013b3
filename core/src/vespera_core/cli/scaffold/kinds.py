"""What a new project of each kind consists of."""

from __future__ import annotations

from typing import Final, NamedTuple


class Kind(NamedTuple):
    """A kind of plugin: what it is, how it is put to use, the suite that it passes, and further files by template."""

    summary: str
    use: str
    suite: str = ""
    files: tuple[tuple[str, str], ...] = ()
    needs_numpy: bool = False
    test: str = "test_conformance.py"


SETTING: Final = "Use it: `vespera config set {} $name`."

KINDS: Final[dict[str, Kind]] = {
    "hook": Kind(
        "Vetoes titles that shout.",
        "It needs no setting: it is asked before every write.",
    ),
    "storage": Kind(
        "A store for Vespera.",
        "Use it: `vespera init --storage $name`.",
        "Storage",
    ),
    "vectors": Kind(
        "A vector index for Vespera.",
        f"{SETTING.format('vectors')} `vespera services run` keeps it in step.",
        "Vector", needs_numpy=True,
    ),
    "graph": Kind(
        "A graph for Vespera.",
        SETTING.format("graph"),
        "Graph",
    ),
    "embedder": Kind(
        "An embedding model for Vespera.",
        SETTING.format("embedder"),
        "Embedder", needs_numpy=True,
    ),
    "executor": Kind(
        "An executor for Vespera: runs commands, none of them for ever.",
        "Use it: `vespera worker --executor $name -- make test`.",
        "Executor",
    ),
    "service": Kind(
        "A background service for Vespera: counts open tasks.",
        "It runs wherever services are hosted: `vespera services run`, `vespera serve`.",
        "Service",
    ),
    "projection": Kind(
        "A projection for Vespera: a text file of titles.",
        "`vespera services run` keeps it in step; `vespera rebuild $name` makes it anew.",
    ),
    "format": Kind(
        "A format for Vespera: CSV.",
        "Use it: `vespera export -f $name -o tasks.csv`, `vespera import $name tasks.csv`.",
    ),
    "operation": Kind(
        "An operation for Vespera: counts open tasks.",
        "Use it: `vespera call $module.count`. It is a route over HTTP too, and a tool: `vespera mcp --toolsets all`.",
    ),
    "transport": Kind(
        "A transport for Vespera: lines of JSON over a pipe.",
        "Use it: `vespera $name`.",
        "Transport", (("${module}/serving.py", "serving.py"),), test="test_transport.py",
    ),
    "keys": Kind(
        "Keys for Vespera, printed by a command.",
        "Use it: `vespera config set keys $name`, and the command in the configuration, under [keys.$name].",
    ),
    "roles": Kind(
        "A set of roles for Vespera.",
        "Use it: `vespera config set roles.set $name`.",
        "RoleTemplate", (("${module}/roles/keeper.yaml", "keeper.yaml"),),
    ),
}  # fmt: skip
"""By the word that `--kind` takes."""
