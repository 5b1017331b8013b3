"""The report: a table for people and a JSON file for machines."""

from __future__ import annotations

import json
import os
import platform
import sqlite3
import statistics
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.measure import Cost, Figure
from bench.process import Import

HEAD = ("figure", "ours", "cpu", "raw limit", "cpu", "ratio", "target", "met", "the raw limit is")


def table(figures: Sequence[Figure]) -> str:
    """One line a figure: min / median, ours and raw, and what is held against the target."""
    lines = [HEAD, *(_line(figure) for figure in figures)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEAD))]
    shown = ["  ".join(word.ljust(width) for word, width in zip(line, widths, strict=True)).rstrip() for line in lines]
    notes = [f"{figure.name}: {figure.note}" for figure in figures if figure.note]
    return "\n".join([shown[0], "-" * max(map(len, shown)), *shown[1:], "", *notes])


def _line(figure: Figure) -> tuple[str, ...]:
    if not figure.measured:
        return (figure.name, *[""] * 5, figure.target.text, figure.verdict, figure.raw_is)
    ours, raw = _shown(figure.pairs.ours, figure.unit), _shown(figure.pairs.raw, figure.unit)
    return (figure.name, *ours, *raw, _value(figure), figure.target.text, figure.verdict,
            figure.raw_is)  # fmt: skip


def _shown(costs: Sequence[Cost], unit: str) -> tuple[str, str]:
    wall, cpu = [one.wall for one in costs], [one.cpu for one in costs]
    if unit != "ms":
        return f"{_number(statistics.median(wall))} {unit}", ""
    return f"{_number(min(wall))} / {_number(statistics.median(wall))} ms", _number(statistics.median(cpu))


def _value(figure: Figure) -> str:
    value = figure.value()
    if figure.target.reading in ("ours", "ours - raw"):
        return f"{_number(value)} {figure.unit}"
    return f"{value:.2f}{'x' if figure.target.reading == 'ours / raw' else ''}"


def _number(value: float) -> str:
    return f"{value:.3f}" if abs(value) < 1 else f"{value:.1f}" if abs(value) < 1000 else f"{value:,.0f}"


def import_lines(imports: Sequence[Import], command: str, rows: int) -> str:
    """The dearest imports of a command."""
    total = sum(one.own for one in imports)
    head = f"imports of {command}: {len(imports)} modules, {total:.1f} ms under -X importtime (own / with theirs, ms)"
    return "\n".join([head, *(f"  {one.own:6.2f} {one.whole:7.2f}  {one.module}" for one in imports[:rows])])


def facts(folder: Path, file_system: str) -> dict[str, Any]:
    """What must be known of the machine to read the figures."""
    return {
        "python": platform.python_version(), "sqlite": sqlite3.sqlite_version, "platform": platform.platform(),
        "cores": os.cpu_count(), "load": [round(one, 2) for one in os.getloadavg()], "file_system": file_system,
        "folder": str(folder), "executable": sys.executable,
    }  # fmt: skip


def write_json(path: Path, machine: dict[str, Any], figures: Sequence[Figure], imports: Sequence[Import]) -> None:
    """Everything, with the details that the table leaves out."""
    path.parent.mkdir(parents=True, exist_ok=True)
    whole = {
        "machine": machine,
        "figures": [figure.as_json() for figure in figures],
        "imports": [one._asdict() for one in imports],
    }
    path.write_text(json.dumps(whole, indent=2) + "\n", encoding="utf-8")
