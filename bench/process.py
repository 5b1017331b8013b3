"""Whole commands: each one a process from start to end, beside a Python that does nothing. No background helper.

The Python that does nothing is the one that runs the command, in its own environment: another installation may run
hooks of its own at every start, which would make the limit look far away and us good. Nothing of the caller's Python
settings reaches the children (without bytecode files, say, each start would compile us), and bytecode and the plugin
cache lie in the folder of the run: the first round fills them and is not counted.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from bench.measure import Figure, Pairs, Sizes, Target, child_cost
from bench.stores import ACTOR, Shape, Stores, task_id

VESPERA = Path(sys.executable).with_name("vespera")
NOTHING = (sys.executable, "-c", "pass")
ROWS = 12


class Import(NamedTuple):
    """A module and what its import costs by itself and with all that it imports, in milliseconds."""

    module: str
    own: float
    whole: float


def figures(sizes: Sizes, stores: Stores) -> Iterator[Figure]:
    """The figures of this family; the commands take turns within each round."""
    folder, environment = stores.filled(Shape(sizes.small)).folder, _environment(stores)
    reading = ("ready", "--json"), ("list",), ("show", task_id(sizes.small // 2))
    commands = {command: Pairs() for command in (*reading, ("create", "Write the tutorial"))}
    for turn in range(sizes.process_rounds + 1):
        for command, pairs in commands.items():
            ours = child_cost((VESPERA, *command), folder, environment)
            raw = child_cost(NOTHING, folder, environment)
            if turn:
                pairs.ours.append(ours)
                pairs.raw.append(raw)
    for command, pairs in commands.items():
        target = Target("ours / raw", 13 if command[0] == "create" else 10, 8, by="cpu")
        yield Figure(f"vespera {' '.join(command[:2])}", pairs, target, "python3 -c pass")


def _environment(stores: Stores) -> dict[str, str]:
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VESPERA"))}
    folders = {"PYTHONPYCACHEPREFIX": stores.scratch("bytecode"), "XDG_CACHE_HOME": stores.scratch("cache")}
    return plain | {name: str(folder) for name, folder in folders.items()} | {"VESPERA_ACTOR": ACTOR}


def imports(sizes: Sizes, stores: Stores, *command: str) -> list[Import]:
    """What a command imports, the dearest first."""
    for _ in range(2):  # the first one fills the plugin cache, which is kept by the name of the interpreter
        done = subprocess.run(
            [sys.executable, "-X", "importtime", VESPERA, *command], cwd=stores.filled(Shape(sizes.small)).folder,
            env=_environment(stores), capture_output=True, text=True, check=True,
        )  # fmt: skip
    lines = re.findall(r"^import time:\s+(\d+) \|\s+(\d+) \|\s+(\S+)$", done.stderr, re.MULTILINE)
    found = [Import(module, int(own) / 1000, int(whole) / 1000) for own, whole, module in lines]
    return sorted(found, key=lambda one: -one.own)
