"""`init`, `config` and `completion`: setting up."""

from __future__ import annotations

import os
import sys
from typing import Any

import click

from vespera_core.cli import options, output
from vespera_core.cli.family import Family
from vespera_core.cli.session import Run
from vespera_core.errors import InvalidInput


@click.command("init")
@click.argument("dir", required=False)
@click.option("--prefix", metavar="P", help="What ids start with; else made of the folder's name.")
@options.writing
@click.pass_obj
def init(run: Run, dir: str | None, prefix: str | None) -> None:
    """Make a workspace here, or in DIR; one that is there already is left alone."""
    from pathlib import Path

    from vespera_core.app.application import init_workspace

    parent = Path(dir or run.folder or os.environ.get("VESPERA_WORKSPACE") or ".")
    folder, project, made = init_workspace(parent, prefix=prefix or run.project, actor=run.actor, storage=run.storage)
    data = {"workspace": str(folder.absolute()), "project": project, "created": made}
    run.show(data, _initialised)


def _initialised(data: dict[str, Any]) -> str:
    if not data["created"]:
        return f"There is a workspace already: {data['workspace']} (project {data['project']}). Nothing was changed."
    return f'Made {data["workspace"]} with project {data["project"]}\n  next: vespera create "What is to be done"'


@click.group("config", cls=Family, aliases={"list": "get", "show": "get"})
@options.common
def config() -> None:
    """Settings: get, set."""


@config.command("get")
@click.argument("key", required=False)
@options.common
@click.pass_obj
def get(run: Run, key: str | None) -> None:
    """One setting, or all of them, as they are in force."""
    from vespera_core.app.config import get_value
    from vespera_core.app.workspace import find_workspace

    run.show(get_value(find_workspace(run.folder), key), _settings)


@config.command("set")
@click.argument("key")
@click.argument("value")
@options.writing
@click.pass_obj
def set_(run: Run, key: str, value: str) -> None:
    """Write one setting into .vespera/config.toml."""
    from vespera_core.app.config import set_value
    from vespera_core.app.workspace import find_workspace

    run.show(set_value(find_workspace(run.folder), key, value), _settings)


def _settings(found: dict[str, Any]) -> str:
    from vespera_core.cli.views.text import clean

    def shown(value: Any) -> str:
        return "" if value is None else ", ".join(value) if isinstance(value, list | tuple) else str(value)

    return "\n".join(clean(f"{key} = {shown(value)}") for key, value in found.items())


@click.command("completion")
@click.argument("shell", required=False)
@options.common
@click.pass_obj
def completion(run: Run, shell: str | None) -> None:
    """Print the completion script of a shell: bash, zsh or fish.

    Put it to use with: eval "$(vespera completion bash)"
    """
    from click.shell_completion import get_completion_class

    from vespera_core.cli.root import root

    name = shell or os.path.basename(os.environ.get("SHELL", "bash"))  # noqa: PTH119 - a word, not a file
    kind = get_completion_class(name)
    if kind is None:
        raise InvalidInput(
            f"There is no completion for the shell {name!r}.", field="shell", next="Name bash, zsh or fish."
        )
    script = kind(root, {}, "vespera", "_VESPERA_COMPLETE").source()
    if run.json:
        output.write_json({"shell": name, "script": script})
    else:
        sys.stdout.write(script + "\n")
