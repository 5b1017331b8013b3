"""Pictures from the command line: their options, and files that are never overwritten unasked."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from vespera_core.cli import output
from vespera_core.errors import Refused

if TYPE_CHECKING:
    from vespera_core.cli.session import Run

F = TypeVar("F", bound=Callable[..., Any])


def picture(name: str, what: str) -> Callable[[F], F]:
    """An option that takes a file, or none for standard output."""
    return click.option(f"--{name}", is_flag=False, flag_value="-", metavar="[FILE]", help=what)


force = click.option("--force", is_flag=True, help="Replace FILE if it exists.")


def chart(function: F) -> F:
    """The options of a command whose answer can be drawn as a chart."""
    svg = picture("svg", "Draw it as SVG, into FILE or to standard output.")
    html = picture("html", "Draw it as a page of HTML, into FILE or to standard output.")
    return svg(html(force(function)))


def drawn(run: Run, kind: str, answer: Any, svg: str | None, html: str | None, *, force: bool) -> bool:
    """Draw an answer where that was asked for; False where it was not."""
    wanted = chosen(svg=svg, html=html)
    if wanted is None:
        return False
    from vespera_core.cli.pictures.forms import chart_of

    form, path = wanted
    deliver(run, form, chart_of(kind, form, answer), path, force=force)
    return True


def chosen(**formats: str | None) -> tuple[str, str] | None:
    """The one format that was asked for, and its file; None for none. Raises UsageError for several."""
    asked = [(name, path) for name, path in formats.items() if path is not None]
    if len(asked) > 1:
        raise click.UsageError(f"One picture at a time: choose {' or '.join(f'--{name}' for name, _ in asked)}.")
    return asked[0] if asked else None


def deliver(run: Run, form: str, text: str, path: str, *, force: bool, **facts: Any) -> None:
    """Put a picture where it was asked to go, and say so."""
    if path == "-":
        if run.json:
            output.write_json({"format": form, "path": None, **facts, "text": text})
        else:
            output.write(text)
        return
    write_file(Path(path), text, force=force)
    run.show(path, lambda one: f"Drawn: {one}", {"format": form, "path": path, **facts})


def write_file(path: Path, text: str, *, force: bool) -> None:
    """Write a new file, whole or not at all. Raises Refused where it exists or cannot be written."""
    part = path.parent / f"{path.name or 'picture'}.{os.getpid()}.part"
    try:
        part.write_text(text + "\n", encoding="utf-8", newline="\n")
        try:
            _place(part, path, force=force)
        finally:
            part.unlink(missing_ok=True)
    except FileExistsError:
        raise Refused(f"{path} exists, and is kept as it is.", next="Name a file that does not exist yet.") from None
    except OSError as error:
        raise Refused(
            f"{path} cannot be written: {error.strerror or error}.", next="Name a file in a folder you may write to."
        ) from None


def _place(part: Path, path: Path, *, force: bool) -> None:
    """Give a finished file its name; a link is made only where the name is free, whoever else writes there."""
    if force:
        part.replace(path)
        return
    try:
        path.hardlink_to(part)
    except FileExistsError:
        raise
    except OSError:  # a file system without links
        with path.open("xb") as stream:
            stream.write(part.read_bytes())
