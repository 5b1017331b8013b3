"""Make the table of vespera-static anew: ``python scripts/distill WORK`` (`make distill`).

WORK is a folder for what is fetched and for the teacher's vectors, which are kept: a run that was stopped goes on. The
table, its card and the report are written into plugins/vespera-static.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import corpus
import export
import numpy as np
import torch
from lesson import Read, School
from teacher import Teacher
from texts import Text
from train import Matrix, Plan, first_table, trained

import measure
import report
from vespera_static.embedder import StaticEmbedder, open_embedder
from vespera_static.table import read_table

PLUGIN = Path(__file__).resolve().parents[2] / "plugins" / "vespera-static"
DATA = PLUGIN / "src" / "vespera_static" / "data"
TITLES = 84_000  # that the teacher reads; the pairs of all texts are used beside them
WHOLE = 2_000  # titles with bodies that it reads: they take it long
SAMPLE = 60_000
THREADS = 2

T = TypeVar("T")


class Run:
    """One run, and how long its parts took."""

    def __init__(self, folder: Path, plan: Plan) -> None:
        self._vectors = folder / "vectors"
        self._vectors.mkdir(parents=True, exist_ok=True)
        self._folder, self._plan = folder, plan
        self.measured: dict[str, str] = {}

    def timed(self, name: str, work: Callable[[], T]) -> T:
        """Do a part of the work, and note its time."""
        started, busy = time.monotonic(), time.process_time()
        result = work()
        busy = time.process_time() - busy
        self.measured[name] = f"{time.monotonic() - started:.0f} s ({busy:.0f} s of processor time)"
        sys.stderr.write(f"{name}: {self.measured[name]}\n")
        return result

    def all(self) -> None:
        """Everything, from the texts to the report."""
        facts = self.timed("gathering texts", lambda: corpus.build(self._folder, self._plan.seed))
        texts, held = corpus.read(self._folder / "corpus.jsonl"), corpus.read(self._folder / "held.jsonl")
        teacher = Teacher()
        read = self.timed("reading by the teacher (where not kept from before)", lambda: self._read(teacher, texts))
        school = School(teacher.vocabulary(), read.titles[:SAMPLE])
        lesson = self.timed("tokens", lambda: school.lesson(texts, read))
        first = first_table(school.turned(teacher.tokens()), lesson.bags, self._plan.rarity)
        table = self.timed("training", lambda: trained(first, lesson, self._plan))
        table[teacher.tokenizer.all_special_ids] = 0
        export.write(DATA, teacher.vocabulary(), table)
        embedder = StaticEmbedder(read_table())
        figures = _figures(school, {"first table": first, "student": table}, held, self._held(teacher, held))
        figures["student in bytes, by the plugin"] = _by_plugin(embedder, held, self._held(teacher, held))
        facts |= {"titles": len(read.titles), "whole": len(read.whole), "bodies": sum(bool(one.body) for one in held)}
        report.write(PLUGIN / "REPORT.md", facts, self._plan, figures, self.measured | _speed())

    def _read(self, teacher: Teacher, texts: list[Text]) -> Read:
        whole = [f"{text.title}\n{text.body}" for text in texts if text.body][:WHOLE]
        titles = teacher.kept([text.title for text in texts[:TITLES]], self._vectors, "titles")
        return Read(titles, teacher.kept(whole, self._vectors, "docs"))

    def _held(self, teacher: Teacher, held: list[Text]) -> tuple[Matrix, Matrix]:
        titles = teacher.kept([text.title for text in held], self._vectors, "held")
        return titles, teacher.kept([text.body for text in held if text.body], self._vectors, "heldbody")


def _figures(
    school: School, tables: dict[str, Matrix], held: list[Text], theirs: tuple[Matrix, Matrix]
) -> dict[str, dict[str, float]]:
    """What the teacher is worth, whole and in few dimensions, and each table in full numbers."""
    few = school.turned(theirs[0])
    figures = {"teacher, 384 numbers": _judged(held, theirs, theirs, None)}
    figures["teacher, 256 numbers"] = _judged(held, (few, school.turned(theirs[1])), theirs, None)
    for name, table in tables.items():
        titles = school.vectors(table, [text.title for text in held])
        bodies = school.vectors(table, [text.body for text in held if text.body])
        figures[name] = _judged(held, (titles, bodies), theirs, few)
    return figures


def _by_plugin(embedder: StaticEmbedder, held: list[Text], theirs: tuple[Matrix, Matrix]) -> dict[str, float]:
    """What the table is worth as it is used."""
    titles = embedder.embed([text.title for text in held])
    bodies = embedder.embed([text.body for text in held if text.body])
    return _judged(held, (titles, bodies), theirs, None)


def _judged(
    held: list[Text], mine: tuple[Matrix, Matrix], theirs: tuple[Matrix, Matrix], few: Matrix | None
) -> dict[str, float]:
    asking = [number for number, text in enumerate(held) if text.body]
    cosine = {} if few is None else {"cosine": float((mine[0] * few).sum(1).mean())}
    return cosine | measure.agreement(mine[0], theirs[0]) | measure.retrieval(mine[0][asking], mine[1])


def _speed() -> dict[str, str]:
    """What opening the embedder and reading short texts costs, in processor time: the machine may be busy."""
    started = time.process_time()
    embedder = open_embedder()
    opened = time.process_time() - started
    texts = [
        f"Fix crash number {number}: " + "the store of a large project is empty after import, " * 2
        for number in range(5000)
    ]
    embedder.embed(texts[:100])
    started = time.process_time()
    for first in range(0, len(texts), 64):
        embedder.embed(texts[first : first + 64])
    busy = time.process_time() - started
    return {
        "opening the embedder": f"{opened * 1000:.0f} ms",
        "texts of 22 words a second": f"{len(texts) / busy:,.0f}",
    }


def main(arguments: list[str]) -> Any:
    """Run with the plan as it stands."""
    torch.set_num_threads(THREADS)
    torch.use_deterministic_algorithms(True)
    np.seterr(all="raise", under="ignore")
    Run(Path(arguments[0] if arguments else ".distill"), Plan()).all()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
