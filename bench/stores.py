"""Stores to measure in: generated issues, workspaces filled with them, and empty ones."""

from __future__ import annotations

import json
import random
import re
import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from bench.measure import Cost, ask, helper
from vespera_core.app.application import Vespera, init_workspace

WORDS: list[str] = re.findall(r"\w+",
    "auth login token session user cache index query schema migrate deploy retry queue worker parser lexer graph cycle"
    " embed vector search rank render page button form modal theme export import backup restore sync merge branch"
    " review lint test fuzz bench trace metric alert quota limit invoice payment refund webhook socket stream batch"
    " cron report audit",
)  # fmt: skip
PREFIX = "bench"
ACTOR = "bench"


class Shape(NamedTuple):
    """A set of tasks: how many, with how many dependencies on earlier ones each, or all in one chain."""

    tasks: int
    degree: int = 2
    chain: bool = False

    @property
    def name(self) -> str:
        return f"{self.tasks}-{'chain' if self.chain else self.degree}"


class Filled(NamedTuple):
    """A workspace filled by an import in a process of its own: what that took, and its peak memory in MB."""

    folder: Path
    cost: Cost
    peak: float


class Text(NamedTuple):
    """The words of a task."""

    title: str
    description: str


def text(source: random.Random) -> Text:
    """A title of 7 words and a description of 30."""
    return Text(" ".join(source.choices(WORDS, k=7)), " ".join(source.choices(WORDS, k=30)))


def task_id(number: int) -> str:
    return f"{PREFIX}-{number:06d}"


def is_open(number: int) -> bool:
    """Three of ten tasks are done."""
    return number % 10 >= 3


def issues(shape: Shape) -> Iterator[dict[str, object]]:
    """Issues as beads writes them, always the same; the last one makes up for the first ones' missing dependencies."""
    source = random.Random(shape.tasks)
    for number in range(shape.tasks):
        words = text(source)
        wanted = 1 if shape.chain else shape.degree
        if number == shape.tasks - 1 and not shape.chain:
            wanted += sum(range(1, shape.degree + 1))
        targets = [number - 1] if shape.chain and number else source.sample(range(number), min(number, wanted))
        stamp = f"2026-01-{number % 28 + 1:02d}T{number % 24:02d}:{number % 60:02d}:00Z"
        done = not (shape.chain or is_open(number))
        yield {
            "id": task_id(number), "title": words.title, "description": words.description,
            "status": "closed" if done else "open", "priority": number % 5, "issue_type": "task",
            "labels": [source.choice(WORDS)], "created_at": stamp, "updated_at": stamp,
            **({"closed_at": stamp} if done else {}),
            "dependencies": [
                {"issue_id": task_id(number), "depends_on_id": task_id(one), "type": "blocks"} for one in targets
            ],
        }  # fmt: skip


class Stores:
    """The stores of one run, below one folder."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._made = 0
        self._template = root / "template"
        init_workspace(self._template, prefix=PREFIX, actor=ACTOR)
        self.filled = cache(self._fill)

    def scratch(self, name: str) -> Path:
        """A folder for something else of this run."""
        return self._root / name

    def fresh(self) -> Path:
        """A new empty workspace."""
        self._made += 1
        folder = self._root / f"store-{self._made}"
        shutil.copytree(self._template, folder)
        return folder

    def file(self, shape: Shape) -> Path:
        """The file of a shape's issues."""
        path = self._root / f"{shape.name}.jsonl"
        if not path.exists():
            with path.open("w", encoding="utf-8") as stream:
                stream.writelines(json.dumps(issue) + "\n" for issue in issues(shape))
        return path

    def _fill(self, shape: Shape) -> Filled:
        folder = self.fresh()
        with helper("bench.filler", "import", folder, self.file(shape)) as child:
            answer = ask(child)
        return Filled(folder, Cost(*answer["cost"]), answer["peak_mb"])


def opened(folder: Path) -> Vespera:
    """A workspace of the benchmark, open."""
    return Vespera.open(folder, actor=ACTOR)


def database(folder: Path) -> Path:
    """The file of a workspace."""
    return folder / ".vespera" / "vespera.db"
