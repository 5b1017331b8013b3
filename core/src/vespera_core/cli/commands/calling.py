"""`call`: any operation by its name, those of plugins as well."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from vespera_core.cli import options
from vespera_core.cli.session import Run

if TYPE_CHECKING:
    from vespera_core.ports.operation import Operation


@click.command("call")
@click.argument("operation", required=False)
@click.argument("fields", nargs=-1, metavar="[FIELD=VALUE]...")
@click.option("--input", "body", metavar="JSON", help="The whole request as a JSON object; fields come on top of it.")
@click.option("--input-file", "path", metavar="FILE", help="The same from a file; - for standard input.")
@options.writing
@click.pass_obj
def call(run: Run, operation: str | None, fields: tuple[str, ...], body: str | None, path: str | None) -> None:
    """Perform an operation by its name; without one, list them all.

    A field of text takes its value as it is typed, any other as JSON; naming a field again makes a list. Times are
    written as 2026-11-22T14:30:00Z. The answer is the same JSON that other transports give.
    """
    if operation is None:
        _list(run)
        return
    from vespera_core.app.inputs import json_of_words, request_of
    from vespera_core.cli import values
    from vespera_core.ports.operation import resolve

    kind = resolve(_found(run, operation).input)
    text = values.text_of(body, path, "input")
    given = {} if text is None else values.json_object(text, "input")
    request = request_of(kind, {**given, **json_of_words(kind, [_pair(one) for one in fields])})
    run.show(run.call(operation, request), _view)


def _found(run: Run, name: str) -> Operation:
    from vespera_core.errors import UnknownOperation

    known = run.ledger.kernel.operations
    if name not in known:
        raise UnknownOperation(
            f"There is no operation {name[:100]!r}.", operation=name[:100], next="See what there is: 'vespera call'."
        )
    return known[name]


def _pair(word: str) -> tuple[str, str]:
    name, separator, value = word.partition("=")
    if not separator:
        raise click.UsageError(f"{word[:100]!r} is no field: write FIELD=VALUE.")
    return name, value


def _view(answer: Any) -> str:
    import json

    from vespera_core.model.public import public

    return json.dumps(public(answer), indent=2)


def _list(run: Run) -> None:
    from vespera_core.cli.views.text import table

    every = sorted(run.ledger.kernel.operations.values(), key=lambda one: one.name)
    data = [{"name": one.name, "kind": one.kind, "summary": one.summary} for one in every]
    run.show({"operations": data}, lambda _: table([(one.name, one.kind, one.summary) for one in every]))
