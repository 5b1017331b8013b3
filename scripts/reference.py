"""The reference pages, computed from the code: commands, hooks, operations, errors and configuration.

Run it to write `docs/reference/`; with ``--check`` it writes nothing, names the pages that are out of date and exits 1.
What it prints depends on the code of this checkout alone: not on the terminal, and not on plugins that are installed.
"""

from __future__ import annotations

import ast
import dataclasses
import inspect
import re
import sys
import typing
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from vespera_core import errors, hookspecs
from vespera_core.app import config
from vespera_core.app.operations import builtin_operations
from vespera_core.builtin import plugin as builtin_plugin
from vespera_core.cli import main as cli_main
from vespera_core.cli.root import ALIASES, TABLE, root
from vespera_core.cli.session import Run
from vespera_core.model.basics import UNSET
from vespera_core.ports.operation import resolve
from vespera_core.ports.provider import Provider
from vespera_sql import plugin as sql_plugin

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "reference"
SOURCES = (ROOT / "core" / "src", ROOT / "plugins" / "vespera-sql" / "src")
NOTE = "<!-- Computed from the code by scripts/reference.py (make docs). Do not edit by hand. -->"


def page(title: str, lead: str, body: Iterator[str]) -> str:
    """A page: its title, what it is about, and its parts with an empty line between them."""
    parts = [f"# {title}", NOTE, lead, *body]
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


def table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """A table in Markdown; cells are single lines."""
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def code(text: str) -> str:
    """Text as code, where there is any."""
    return f"`{text}`" if text else ""


def prose(text: str | None) -> str:
    """A docstring as prose: double backquotes are how code is written there."""
    return inspect.cleandoc(text or "").replace("``", "`")


# ---------------------------------------------------------------- commands

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


# ---------------------------------------------------------------- hooks


def hooks_page() -> str:
    lead = prose(hookspecs.__doc__).partition("\n\n")[2]
    return page("Hooks", lead + "\n\nHow to write a plugin: [howto](../howto/write-a-plugin.md).", _hook_parts())


def _hook_parts() -> Iterator[str]:
    source = inspect.getsource(hookspecs)
    bars = {number: match[1] for number, line in enumerate(source.splitlines(), 1) if (match := _BAR.fullmatch(line))}
    last = 0
    for node in ast.parse(source).body:
        if not isinstance(node, ast.FunctionDef):
            continue
        for number, title in bars.items():
            if last < number < node.lineno:
                yield f"## {title[0].upper()}{title[1:]}"
        last = node.lineno
        yield f"### {node.name}"
        yield f"```python\n{signature(node)}\n```"
        yield _hook_text(ast.get_docstring(node) or "")


_BAR = re.compile(r"# -+ (.+)")
_LABEL = re.compile(r"(None|Raising|Used by): (.*)")


def signature(node: ast.FunctionDef) -> str:
    """A function's head as it stands in the file."""
    returns = ast.unparse(node.returns) if node.returns else "None"
    return f"def {node.name}({ast.unparse(node.args)}) -> {returns}"


def _hook_text(docstring: str) -> str:
    paragraphs: list[str] = []
    for line in docstring.splitlines():
        match = _LABEL.match(line)
        if match:
            paragraphs.append(f"- **{match[1]}:** {match[2]}")
        elif not line.strip():
            paragraphs.append("")
        elif paragraphs and paragraphs[-1]:
            paragraphs[-1] += f" {line.strip()}"
        else:
            paragraphs.append(line.strip())
    return prose("\n".join(paragraphs)).replace(" - **", "\n- **")


# ---------------------------------------------------------------- operations


def operations_page() -> str:
    lead = (
        "Everything that Vespera can do is an entry of one table. The command line and the Python API call these "
        "operations; policies judge their actions. From Python: `ledger.call(name, request)`, with requests from "
        "`vespera_core.app.requests`. *Required* fields have no default; *not given* leaves a value as it is."
    )
    return page("Operations", lead, _operation_parts())


def _operation_parts() -> Iterator[str]:
    operations = builtin_operations()
    rows = [
        (f"[{one.name}](#{one.name.replace('.', '')})", one.kind, code(one.action), one.summary) for one in operations
    ]
    yield table(("operation", "kind", "action", "what it does"), rows)
    named: dict[str, type] = {}
    for one in operations:
        yield f"## {one.name}"
        yield f"{one.summary} A {one.kind} operation under the action `{one.action}`."
        for word, target in (("Input", resolve(one.input)), ("Output", resolve(one.output))):
            yield f"{word} `{target.__name__}`: {prose(target.__doc__)}"
            if dataclasses.fields(target):
                yield _fields(target)
            _name_types(target, named)
    yield "## Values"
    yield "What the fields above are made of. `Micros` is a moment: microseconds since 1970, UTC; RFC 3339 in JSON."
    for name in sorted(named):
        yield f"### {name}"
        yield prose(named[name].__doc__)
        yield _fields(named[name])


def _fields(kind: type) -> str:
    if dataclasses.is_dataclass(kind):
        rows = [(code(one.name), code(str(one.type)), _default(one)) for one in dataclasses.fields(kind)]
    else:
        rows = [(code(name), code(str(_written(type_))), "required") for name, type_ in kind.__annotations__.items()]
    return table(("field", "type", "default"), rows)


def _written(annotation: Any) -> str:
    return annotation.__forward_arg__ if isinstance(annotation, typing.ForwardRef) else str(annotation)


def _default(field: dataclasses.Field[Any]) -> str:
    if field.default is UNSET:
        return "not given"
    if field.default is not dataclasses.MISSING:
        return code(repr(field.default))
    if field.default_factory is not dataclasses.MISSING:
        return code(repr(field.default_factory()))
    return "required"


def _name_types(kind: type, named: dict[str, type]) -> None:
    """Collect every value type that a type's fields mention."""
    for hint in typing.get_type_hints(kind).values():
        for found in _mentioned(hint):
            if found.__name__ not in named:
                named[found.__name__] = found
                _name_types(found, named)


def _mentioned(hint: Any) -> Iterator[type]:
    for argument in typing.get_args(hint):
        yield from _mentioned(argument)
    if inspect.isclass(hint) and (dataclasses.is_dataclass(hint) or hasattr(hint, "_fields")):
        yield hint


# ---------------------------------------------------------------- errors

EXIT_CODES = {
    0: "Done. A claim that finds nothing ready is done as well: it answers no task.",
    1: "Refused: the request is well formed, but a rule forbids it now.",
    2: "Usage: a word, a value or an option is not acceptable.",
    3: "Not found: nothing of that id is here.",
    4: "Conflict: somebody else was first, or the caller's fence, version or key is out of date.",
    5: "Environment: the workspace, its store, the configuration or a plugin does not allow it.",
    cli_main.INTERRUPTED: "Interrupted from the keyboard.",
}


def errors_page() -> str:
    lead = (
        "Every error has a stable code, a message and a next step that destroys nothing. With `--json` the command "
        'line prints `{"error": {"code": ..., "message": ..., "next": ..., ...}}` on the error stream; details such as '
        "ids, versions and reasons stand beside them. In Python all of them are `vespera_core.VesperaError`."
    )
    return page("Errors", lead, _error_parts())


def _error_parts() -> Iterator[str]:
    yield "## Exit codes"
    yield table(("code", "meaning"), [(str(number), meaning) for number, meaning in EXIT_CODES.items()])
    yield (
        "Two codes come from the command line alone: `usage` (exit 2), when a command line cannot be read, and "
        "`internal` (exit 5), for a mistake of ours: run the command again with `VESPERA_DEBUG=1` and report it."
    )
    for branch in errors.VesperaError.__subclasses__():
        yield f"## Exit {branch.exit_code}: {branch.__name__}"
        rows = [(code(one.code), one.__name__, prose(one.__doc__), one.default_next) for one in _family(branch)]
        yield table(("code", "class", "when", "next step, unless the message has a better one"), rows)


def _family(kind: type[errors.VesperaError]) -> Iterator[type[errors.VesperaError]]:
    if kind.__module__ == errors.__name__:
        yield kind
        for child in kind.__subclasses__():
            yield from _family(child)


# ---------------------------------------------------------------- configuration

KEYS = {
    "vespera.storage": ("`sqlite`", "Which store to open; `distribution:name` tells those of several plugins apart."),
    "vespera.project": ("none; `init` writes it", "The project that new tasks go to unless another one is named."),
    "plugins.allow": (
        "every plugin",
        "Plugins that may load, by plugin or distribution name; an empty list lets none in.",
    ),
    "plugins.block": ("none", "Plugins that are not loaded, nor imported."),
    "plugins.required": ("none", "Plugins without which nothing starts; `name>=1.0` with a version."),
}
VARIABLES = {
    "VESPERA_ACTOR": "Who acts, unless `--actor` is given. Without both it is the login name.",
    "VESPERA_DEBUG": "`1` prints the traceback of an error.",
    "VESPERA_WORKSPACE": "The folder that holds `.vespera`, exactly: nothing is looked for above it. `-C` is stronger.",
}
PROVIDER_KEYS = {
    "path": "The file, inside `.vespera` unless it is an absolute path.",
    "busy_seconds": "How long a writer waits for the writers of other processes before it gives up with `store_busy`.",
}


def configuration_page() -> str:
    lead = (
        "A workspace is configured by `.vespera/config.toml`. Environment variables are stronger than the file, and "
        "options of the command line are stronger than both. Unknown keys and tables are refused. `vespera config get` "
        "shows what is in force; `vespera config set KEY VALUE` writes one key and keeps comments."
    )
    return page("Configuration", lead, _configuration_parts())


def _configuration_parts() -> Iterator[str]:
    yield "## Keys"
    rows = [(code(key), code(variable), *KEYS[key]) for key, variable in config.KEYS.items()]
    yield table(("key", "environment variable", "default", "meaning"), rows)
    yield "Lists are TOML lists in the file, and words with commas or spaces between them in the environment."
    yield "## Stores"
    for provider in _providers():
        yield f"### {provider.name}"
        yield provider.summary
        if provider.settings:
            yield f"In the table `[storage.{provider.name}]`:"
            found = [(code(key), code(repr(value)), PROVIDER_KEYS[key]) for key, value in provider.settings.items()]
            yield table(("key", "default", "meaning"), found)
    yield "## Other environment variables"
    yield table(("variable", "meaning"), [(code(name), VARIABLES[name]) for name in _other_variables()])
    yield "The list of installed plugins is cached in `$XDG_CACHE_HOME/vespera` (by default `~/.cache/vespera`)."


def _providers() -> list[Provider[Any]]:
    return [sql_plugin.vespera_storages(), builtin_plugin.vespera_storages()]


def _other_variables() -> list[str]:
    """Variables that the sources read and that set no key; KeyError above reminds of describing a new one."""
    texts = [path.read_text(encoding="utf-8") for folder in SOURCES for path in sorted(folder.rglob("*.py"))]
    found = {name for text in texts for name in re.findall(r"\bVESPERA_[A-Z]+\b", text)}
    return sorted(found - set(config.KEYS.values()))


# ---------------------------------------------------------------- all of them

PAGES: dict[str, Callable[[], str]] = {
    "cli.md": cli_page,
    "hooks.md": hooks_page,
    "operations.md": operations_page,
    "errors.md": errors_page,
    "configuration.md": configuration_page,
}


def stale(folder: Path = FOLDER) -> dict[str, str]:
    """The pages whose files say something else than the code, with what they should say."""
    texts = {name: make() for name, make in PAGES.items()}
    return {name: text for name, text in texts.items() if not _says(folder / name, text)}


def _says(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text


def main(arguments: list[str]) -> int:
    """Write the pages, or with ``--check`` look at them; 1 where one is out of date."""
    if unknown := set(arguments) - {"--check"}:
        sys.stderr.write(f"Unknown: {' '.join(sorted(unknown))}. Only --check is known.\n")
        return 2
    old = stale()
    for name, text in old.items():
        if arguments:
            sys.stderr.write(f"{(FOLDER / name).relative_to(ROOT)} is out of date: run 'make docs'\n")
        else:
            FOLDER.mkdir(parents=True, exist_ok=True)
            (FOLDER / name).write_text(text, encoding="utf-8")
            sys.stdout.write(f"wrote {(FOLDER / name).relative_to(ROOT)}\n")
    return 1 if arguments and old else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
