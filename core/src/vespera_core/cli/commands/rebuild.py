"""`rebuild`: make indexes anew from the primary store."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from vespera_core.cli import options
from vespera_core.cli.session import Run

if TYPE_CHECKING:
    from collections.abc import Callable

    from vespera_core.app.services.answers import RebuildAnswer


@click.command("rebuild")
@click.argument("index", required=False, metavar="[vectors|graph|NAME]")
@options.writing
@click.pass_obj
def rebuild(run: Run, index: str | None) -> None:
    """Make indexes anew from the store: all, the vectors, the graph, or one by its name.

    The old ones answer until the new ones are whole. No text is embedded again. No process needs to host services.
    """
    from vespera_core.app.services.requests import RebuildIndexes

    kernel = run.ledger.kernel
    if sys.stderr.isatty() and not run.json:
        kernel.progress = _bar()
    answer: RebuildAnswer = run.call("index.rebuild", RebuildIndexes(index=index))
    run.show(answer, _text)


def _bar() -> Callable[[int, int], None]:
    """A bar on the terminal, drawn at most once for each per cent."""
    shown: dict[str, Any] = {"at": -1}

    def draw(done: int, total: int) -> None:
        percent = 100 if total == 0 else 100 * done // total
        if percent == shown["at"]:
            return
        shown["at"] = percent
        sys.stderr.write(f"\r[{'#' * (percent // 4):25}] {percent:3} %  {done:,} of {total:,} tasks")
        sys.stderr.write("\n" if done >= total else "")
        sys.stderr.flush()

    return draw


def _text(answer: RebuildAnswer) -> str:
    from vespera_core.cli.views.text import count

    if not answer.rebuilt:
        return "There is no index to make anew: everything is answered from the store itself."
    return "\n".join(
        f"Made {one.index} anew: generation {one.generation}, {count(one.tasks, 'task')}, {one.seconds:.1f} s"
        for one in answer.rebuilt
    )
