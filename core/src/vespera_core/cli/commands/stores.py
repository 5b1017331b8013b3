"""`stores`: where a task is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from vespera_core.cli import options
from vespera_core.cli.session import Run
from vespera_core.cli.views.text import table

if TYPE_CHECKING:
    from vespera_core.app.services.answers import StoresAnswer


@click.command("stores")
@click.argument("task")
@options.common
@click.pass_obj
def stores(run: Run, task: str) -> None:
    """Which stores hold a task, and at which version of it.

    The primary store is the truth; the others follow it. An index that another process has open is not looked at.
    """
    from vespera_core.app.requests import TaskRef

    run.show(run.call("task.stores", TaskRef(task_id=task)), _text)


def _text(answer: StoresAnswer) -> str:
    return f"{answer.task_id}\n{table(_rows(answer))}"


def _rows(answer: StoresAnswer) -> Iterator[tuple[str, str]]:
    held = {"primary": answer.primary, "text index": answer.text}
    held |= {f"vector of {model}": version for model, version in answer.vectors.items()}
    held |= {f"index {name}": version for name, version in answer.indexes.items()}
    for name, version in held.items():
        yield name, "not there, or not to be looked at now" if version is None else f"version {version}"
