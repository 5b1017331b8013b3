"""Logs: one line for each thing that is worth one, as text or as JSON, on the error stream.

A line tells facts that were given to it as facts. Titles, bodies, queries, tokens and cookies are never among them;
what an exception says is not told either, since it may repeat what it stumbled over: only its type, and where.
"""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import Mapping, MutableMapping
from typing import TYPE_CHECKING, Any, Final, TextIO

import structlog

from vespera_core.app.call import AUDIT_LOG

if TYPE_CHECKING:
    from types import TracebackType

LEVELS: Final = {
    "debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR,
}  # fmt: skip
_OURS: Final = "vespera"
_SERVER: Final = ("uvicorn", "uvicorn.error")
_FRAMES: Final = 30


def configure(form: str, level: str, stream: TextIO | None = None) -> None:
    """Send the lines of this process to `stream`, else to the error stream, as ``text`` or ``json``."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(_formatter(form, with_traces=level == "debug"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(max(LEVELS[level], logging.WARNING))  # what libraries say in passing may hold what they work on
    ours = logging.getLogger(_OURS)
    ours.setLevel(LEVELS[level])
    for name in _SERVER:
        server = logging.getLogger(name)
        server.handlers.clear()
        server.propagate = True
        # Below this level the server writes down what connections carry.
        server.setLevel(max(LEVELS[level], logging.INFO))


def _formatter(form: str, *, with_traces: bool) -> logging.Formatter:
    order = ["timestamp", "level", "event"]
    text, json = structlog.processors.KeyValueRenderer, structlog.processors.JSONRenderer
    renderer: Any = json(ensure_ascii=True) if form == "json" else text(key_order=order, drop_missing=True)
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.stdlib.add_logger_name,
            structlog.stdlib.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.stdlib.ExtraAdder(),
            _plain,
        ],
        processors=[
            _explained(with_traces=with_traces),
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            renderer,
        ],
        use_get_message=True,
        pass_foreign_args=False,
    )


def _plain(_logger: Any, _name: str, line: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """Refusals by their facts alone: their text repeats what was refused. Of libraries, what they say to everybody."""
    name = str(line.get("logger"))
    if name == AUDIT_LOG and line.get("result") == "refused":
        line["event"] = "refused"
    elif name.partition(".")[0] not in (_OURS, "uvicorn"):
        line["event"] = str(line["_record"].msg)
    return line


def _explained(*, with_traces: bool) -> Any:
    def explained(_logger: Any, _name: str, line: MutableMapping[str, Any]) -> Mapping[str, Any]:
        """An exception by its type and the place it came from; the way there on level ``debug``."""
        found = line.pop("exc_info", None)
        line.pop("stack_info", None)
        if found is True:
            found = sys.exc_info()
        if isinstance(found, BaseException):
            found = (type(found), found, found.__traceback__)
        if found and found[0] is not None:
            frames = _frames(found[2])
            line["error"] = found[0].__name__
            line["at"] = frames[-1] if frames else ""
            if with_traces:
                line["trace"] = frames
        return line

    return explained


def _frames(found: TracebackType | None) -> list[str]:
    """File, line and function of each call, without the values that were in them."""
    calls = traceback.extract_tb(found)[-_FRAMES:]
    return [f"{one.filename.rpartition('site-packages/')[2]}:{one.lineno} {one.name}" for one in calls]
