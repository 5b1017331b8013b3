"""`services`: the background work of the workspace, hosted here, or looked at and commanded from here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from vespera_core.cli import options, signals
from vespera_core.cli.family import Family
from vespera_core.cli.session import Run
from vespera_core.errors import InvalidInput

if TYPE_CHECKING:
    from vespera_core.app.services.answers import ServicesAnswer


@click.group(
    "services", cls=Family, aliases={"list": "status", "ls": "status", "config": "configure", "set": "configure"}
)
@options.common
def services() -> None:
    """Background services: run, status, start, stop, restart, configure."""


@services.command("run")
@click.option("--for", "span", metavar="SPAN", help="End after this long: 30s, 5m.")
@options.common
@click.pass_obj
def run_(run: Run, span: str | None) -> None:
    """Host the services here until Ctrl-C; of several hosts, one leads each service and the others stand by."""
    from threading import Event

    from vespera_core.app.services.manager import Manager
    from vespera_core.model.times import parse_span

    seconds = None if span is None else float(parse_span(span, "for"))
    stop = Event()
    with signals.ending(stop.set):
        manager = Manager(run.ledger.kernel)
        if not run.json:
            click.echo("Hosting the services of this workspace. Ctrl-C ends it.", err=True)
        manager.run(stop, seconds)
    answer: ServicesAnswer = run.call("service.list", _names(()))
    run.show(answer, _view)


@services.command("status")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@options.common
@click.pass_obj
def status(run: Run, names: tuple[str, ...]) -> None:
    """Every service: who leads it, what it last did, how far it is behind, and its last error."""
    run.show(run.call("service.list", _names(names)), _view)


@services.command("start")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--all", "every", is_flag=True, help="All services.")
@options.writing
@click.pass_obj
def start(run: Run, names: tuple[str, ...], *, every: bool) -> None:
    """Let services run wherever they are hosted."""
    _command(run, "service.start", names, every=every)


@services.command("stop")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--all", "every", is_flag=True, help="All services.")
@options.writing
@click.pass_obj
def stop(run: Run, names: tuple[str, ...], *, every: bool) -> None:
    """Stop services in every process, until they are started again."""
    _command(run, "service.stop", names, every=every)


@services.command("restart")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--all", "every", is_flag=True, help="All services.")
@options.writing
@click.pass_obj
def restart(run: Run, names: tuple[str, ...], *, every: bool) -> None:
    """Start services anew."""
    _command(run, "service.restart", names, every=every)


@services.command("configure")
@click.argument("name")
@click.argument("pairs", nargs=-1, metavar="[KEY=VALUE]...")
@options.writing
@click.pass_obj
def configure(run: Run, name: str, pairs: tuple[str, ...]) -> None:
    """Show or change the settings of a service; KEY= returns one to its default."""
    from vespera_core.app.services.requests import ConfigureService
    from vespera_core.cli.views import services as view

    settings = dict(map(_pair, pairs))
    run.show(run.call("service.configure", ConfigureService(name=name, settings=settings)), view.settings)


def _pair(text: str) -> tuple[str, str]:
    key, sign, value = text.partition("=")
    if not sign:
        raise InvalidInput(f"{text!r} is no setting.", next="Write KEY=VALUE, such as interval=30.")
    return key.strip(), value.strip()


def _command(run: Run, operation: str, names: tuple[str, ...], *, every: bool) -> None:
    if bool(names) == every:
        raise InvalidInput("Which services?", next="Name some, or say --all; 'vespera services status' lists them.")
    run.show(run.call(operation, _names(names)), _view)


def _names(names: tuple[str, ...]) -> Any:
    from vespera_core.app.services.requests import ServiceNames

    return ServiceNames(names=names)


def _view(answer: ServicesAnswer) -> str:
    from vespera_core.cli.views import services as view

    return view.overview(answer)
