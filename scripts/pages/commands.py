"""The page of the command line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click

from pages.failures import EXIT_CODES
from pages.words import code, page, prose, table
from vespera_core.cli.root import ALIASES, TABLE, root
from vespera_core.cli.session import Run

COMMON = ("--json", "--actor", "-C", "--storage", "-h", "--idempotency-key")
"""Options described once, at the top of the page."""


def cli_page() -> str:
    lead = (
        "`vespera [OPTIONS] COMMAND [ARGUMENTS]`. The common options may stand before the command or after it. Ids may "
        "be shortened to any unique prefix. `vespera COMMAND --help` shows the same as this page."
    )
    return page("The command line", lead, _cli_parts())


def _cli_parts() -> Iterator[str]:
    context = click.Context(root, info_name="vespera", obj=Run())
    yield "## Common options"
    yield _options(root, ())
    key = next(param for param in _command("create").params if "--idempotency-key" in param.opts)
    yield "Commands that write take one more:"
    yield _option_table([key])
    yield "## Exit codes"
    yield table(("code", "meaning"), [(str(number), meaning) for number, meaning in EXIT_CODES.items()])
    section = ""
    for name, entry in TABLE.items():
        if entry[0] != section:
            section = entry[0]
            yield f"## {section}"
        yield from _command_parts(_command(name), name, context)


def _command(name: str) -> click.Command:
    command = root.get_command(click.Context(root, info_name="vespera", obj=Run()), name)
    if command is None:
        raise LookupError(name)
    return command


def _command_parts(command: click.Command, path: str, parent: click.Context, other: str = "") -> Iterator[str]:
    context = click.Context(command, info_name=path.rpartition(" ")[2], parent=parent)
    yield f"### vespera {path}"
    if isinstance(command, click.Group):
        yield prose(command.help)
    else:
        pieces = [piece for piece in command.collect_usage_pieces(context) if piece != "[OPTIONS]"]
        yield f"```text\nvespera {' '.join([path, '[OPTIONS]', *pieces])}\n```"
        yield prose(command.help)
    names = other or ", ".join(code(alias) for alias, name in ALIASES.items() if name == path)
    if names:
        yield f"Also: {names}."
    options = _options(command, COMMON)
    if options:
        yield options
    if isinstance(command, click.Group):
        for name, child in command.commands.items():
            yield from _command_parts(child, f"{path} {name}", context, _family_aliases(command, name))


def _family_aliases(group: click.Group, name: str) -> str:
    aliases: dict[str, str] = vars(group).get("_aliases", {})
    return ", ".join(code(alias) for alias, target in aliases.items() if target == name)


def _options(command: click.Command, left_out: tuple[str, ...]) -> str:
    shown = [
        param
        for param in command.params
        if isinstance(param, click.Option) and not param.hidden and not set(left_out) & set(param.opts)
    ]
    return _option_table(list(shown)) if shown else ""


def _option_table(options: list[Any]) -> str:
    return table(("option", "meaning"), [(_option_names(one), _option_meaning(one)) for one in options])


def _option_names(option: click.Option) -> str:
    names = ", ".join(sorted(option.opts, key=lambda name: name.startswith("--")))
    if option.secondary_opts:
        names += f" / {', '.join(option.secondary_opts)}"
    if option.is_flag or option.count:
        return code(names)
    if isinstance(option.type, click.Choice):
        return code(f"{names} {'|'.join(map(str, option.type.choices))}")
    return code(f"{names} {option.metavar or option.type.name.upper()}")


def _option_meaning(option: click.Option) -> str:
    shows = option.show_default and option.default is not None
    return (option.help or "") + (f" Default: {code(str(option.default))}." if shows else "")
