"""The entry point `vespera`: runs one command, and turns whatever goes wrong into a message and an exit code."""

from __future__ import annotations

import atexit
import gc
import os
import sys
import threading
from collections.abc import Sequence
from typing import Any

import click

from vespera_core.cli import output
from vespera_core.cli.root import root
from vespera_core.cli.session import Run
from vespera_core.errors import InvalidInput, VesperaError

INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit code: 0, 1 refused, 2 usage, 3 not found, 4 conflict, 5 environment.

    Without `arguments` this is the console script, whose process ends here.
    """
    if arguments is not None:
        return _outcome(list(arguments))
    # One product over a matrix is done sooner by one thread than several are woken, above all on a busy machine.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # A short process makes little garbage: looking for it costs more than it saves.
    gc.set_threshold(50_000, 20, 50)
    if "_VESPERA_COMPLETE" in os.environ:
        root.main(sys.argv[1:], prog_name="vespera")
    code = _outcome(sys.argv[1:])
    _leave(code)
    return code


def _leave(code: int) -> None:
    """End the process without taking the interpreter apart, which would cost as much as a bare start of Python.

    Everything is closed and flushed by now; what others want done at the end is done. Threads that still run are waited
    for in the usual way.
    """
    if threading.active_count() == 1:
        atexit._run_exitfuncs()  # noqa: SLF001 - there is no public way to run them early
        sys.stderr.flush()
        os._exit(code)


def _outcome(words: list[str]) -> int:
    run = Run()
    try:
        return _run(words, run)
    except BrokenPipeError:
        return _hang_up()
    except (KeyboardInterrupt, click.Abort):
        return INTERRUPTED
    except Exception as error:
        return _report(error, as_json=run.json or _wants_json(words))


def _run(words: list[str], run: Run) -> int:
    _check_words(words)
    code = 0
    try:
        with root.make_context("vespera", words, obj=run) as context:
            root.invoke(context)
    except click.exceptions.Exit as leave:
        code = leave.exit_code
    finally:
        run.close()
    sys.stdout.flush()
    return code


def _check_words(words: list[str]) -> None:
    """Bytes that are no text reach Python as lone surrogates; no store takes them, and no message could show them."""
    for place, word in enumerate(words, 1):
        if not word.isascii():
            try:
                word.encode()
            except UnicodeEncodeError:
                raise InvalidInput(
                    f"Argument {place} is not valid UTF-8 text.",
                    argument=place,
                    next="Write it in UTF-8, or give it in a file: --body-file F.",
                ) from None


def _wants_json(words: list[str]) -> bool:
    return "--json" in (words[: words.index("--")] if "--" in words else words)


def _report(error: Exception, *, as_json: bool) -> int:
    code, body = _explained(error)
    if os.environ.get("VESPERA_DEBUG") == "1":
        import traceback

        traceback.print_exception(error)
    if as_json:
        output.write(output.error_json(body), sys.stderr)
    else:
        output.write(_message(body), sys.stderr)
    return code


def _explained(error: Exception) -> tuple[int, dict[str, Any]]:
    """The exit code and the JSON of an error, ours or anybody's."""
    if isinstance(error, VesperaError):
        step = error.next or "Correct that and try again; --help after the command shows what it takes."
        return error.exit_code, {"code": error.code, "message": error.message, "next": step, **error.details}
    if isinstance(error, click.ClickException):
        path = getattr(getattr(error, "ctx", None), "command_path", "vespera")
        step = f"Run '{path} --help' to see what it takes."
        if isinstance(error, click.UsageError) and "unexpected extra argument" in error.message:
            step = f"Put quotes around text with spaces in it; '{path} --help' shows what it takes."
        return 2, {"code": "usage", "message": error.format_message(), "next": step}
    if isinstance(error, OSError):
        step = "Look at the files that the command names, and at the space on their disk."
        return 5, {"code": "environment", "message": f"The system refused: {error}", "next": step}
    message = f"Something unforeseen happened: {type(error).__name__}: {error}"
    step = "Run it again with VESPERA_DEBUG=1 in the environment, and report what it prints."
    return 5, {"code": "internal", "message": message, "next": step}


def _message(body: dict[str, Any]) -> str:
    from vespera_core.cli.views.text import clean

    lines = [f"error: {clean(body['message'])}"]
    if body["next"]:
        lines.append(f"next: {clean(body['next'])}")
    return "\n".join(lines)


def _hang_up() -> int:
    """The reader of our output has gone, as `head` does: nothing is wrong, and Python must not complain at its end."""
    sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - it lives as long as the process
    return 0
