"""`plugins new`: a plugin project that passes its conformance suite from the start."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from vespera_core.cli import options
from vespera_core.cli.extension import plugins_of
from vespera_core.cli.scaffold.kinds import KINDS
from vespera_core.cli.session import Run


@click.command("new")
@click.argument("name")
@click.option("--kind", type=click.Choice(list(KINDS)), required=True, help="What the plugin offers.")
@click.option("--folder", type=click.Path(path_type=Path), metavar="DIR", help="Where to; else ./NAME.")
@options.common
@click.pass_obj
def new(run: Run, name: str, kind: str, folder: Path | None) -> None:
    """Write a small plugin project: what it offers works, and it passes its conformance suite."""
    from vespera_core.cli.scaffold.writing import write_project
    from vespera_core.plugins.contributions import contributions

    folder = folder or Path(name)
    taken = {one.name for one in contributions(plugins_of(run, rescan=True)) if one.kind == kind}
    written = write_project(name, kind, folder, taken)
    place = shlex.quote(str(folder))
    steps = [f'pip install -e "{folder}[test]"', f"pytest {place}", f"vespera plugins check {name}"]
    data = {"folder": str(folder), "files": [str(one) for one in written], "next": steps}
    run.show(data, lambda _: "\n".join([*(f"wrote {one}" for one in written), *(f"next: {step}" for step in steps)]))
