"""The page of errors."""

from __future__ import annotations

from collections.abc import Iterator

from pages.words import code, page, prose, table
from vespera_core import errors
from vespera_core.cli import main as cli_main

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
