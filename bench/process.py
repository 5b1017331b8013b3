"""Whole commands: each one a process from start to end, beside a Python that does nothing. No background helper."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from bench.measure import Figure, Pairs, Sizes, Target, child_cost
from bench.stores import Shape, Stores, task_id

VESPERA = Path(sys.executable).with_name("vespera")
PYTHON = getattr(sys, "_base_executable", sys.executable)
NOTHING = (PYTHON, "-c", "pass")
ROWS = 12


class Import(NamedTuple):
    """A module and what its import costs by itself and with all that it imports, in milliseconds."""

    module: str
    own: float
    whole: float


def figures(sizes: Sizes, stores: Stores) -> Iterator[Figure]:
    """The figures of this family; the commands take turns within each round."""
    folder = stores.filled(Shape(sizes.small)).folder
    reading = ("ready", "--json"), ("list",), ("show", task_id(sizes.small // 2))
    commands = {command: Pairs() for command in (*reading, ("create", "Write the tutorial"))}
    for turn in range(sizes.process_rounds + 1):
        for command, pairs in commands.items():
            ours, raw = child_cost((VESPERA, *command), folder), child_cost(NOTHING, folder)
            if turn:
                pairs.ours.append(ours)
                pairs.raw.append(raw)
    for command, pairs in commands.items():
        target = Target("ours / raw", 13 if command[0] == "create" else 10, 8, by="cpu")
        yield Figure(f"vespera {' '.join(command[:2])}", pairs, target, "python3 -c pass")


def imports(folder: Path, *command: str) -> list[Import]:
    """What a command imports, the dearest first."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", VESPERA, *command], cwd=folder, capture_output=True, text=True, check=True
    )
    lines = re.findall(r"^import time:\s+(\d+) \|\s+(\d+) \|\s+(\S+)$", done.stderr, re.MULTILINE)
    found = [Import(module, int(own) / 1000, int(whole) / 1000) for own, whole, module in lines]
    return sorted(found, key=lambda one: -one.own)
