"""What all readers share: opening files, decoding text and JSON, and the checks that every row passes."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Any, Final, NoReturn, cast

from vespera_core.errors import InvalidImport, InvalidInput, NotFound
from vespera_core.model.basics import MAX_WORD, SECOND, Micros, check_id, check_text
from vespera_core.model.task import DEFAULTS, DEPENDS_ON, Task, check_task
from vespera_core.model.times import as_datetime, parse_moment
from vespera_core.ports.format import ImportRow, Source

MAX_MESSAGE: Final = 300
NEVER: Final = parse_moment("9999-12-31T00:00:00Z")
"""Until when a task is deferred whose file says "deferred" without a date."""

_EARLIEST: Final = parse_moment("1000-01-01T00:00:00Z")
_LATEST: Final = parse_moment("9999-12-31T23:59:59.999999Z")
_EPOCH: Final = as_datetime(Micros(0))
_MICROSECOND: Final = timedelta(microseconds=1)
_NAMES: Final = ("created_by", "closed_by", "delete_batch", "lease_owner")

Notices = list[tuple[str, str]]
"""What is to be reported of one row: (kind, message). Reported once the row is known to be good."""


def _refuse_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is not JSON")


_decode_json = json.JSONDecoder(parse_constant=_refuse_constant).decode


class CheckedSource(Source):
    """A source whose rows have passed the ledger's checks on values, so that only good rows leave it."""

    def __init__(self, path: Path, skip_invalid: bool) -> None:
        super().__init__()
        self._path = path
        self._skip_invalid = skip_invalid

    def _begin(self) -> None:
        self.skipped.clear()
        self.problems.clear()

    def _invalid(self, where: str, message: str) -> None:
        """Refuse the import, naming the place; or, where invalid rows are to be skipped, report this one."""
        message = shown(message)
        if not self._skip_invalid:
            raise InvalidImport(f"{where}: {message}", where=where)
        self._report(where, "invalid", message)

    def _report_all(self, where: str, notices: Notices) -> None:
        for kind, message in notices:
            self._report(where, kind, shown(message))


class _Probe:
    """Looks like a `Task` to `check_task`. Making one costs a twentieth of a frozen dataclass of 35 fields."""

    def __init__(self, fields: dict[str, Any]) -> None:
        self.__dict__.update(fields)


for _name, _default in DEFAULTS.items():
    setattr(_Probe, _name, _default)


def check_row(row: ImportRow) -> ImportRow:
    """Return `row` if its fields and comments are such as a store may hold; raise InvalidInput otherwise.

    Relations are checked where they are read, as each format has its own way with those that lead nowhere.
    """
    fields = row.fields
    check_task(cast("Task", _Probe(fields)))
    for name in _NAMES:
        if value := fields.get(name):
            check_text(name, value, MAX_WORD)
    for comment in row.comments:
        check_text("comment", comment.text)
        check_text("comment author", comment.actor, MAX_WORD)
    return row


def is_id(value: object) -> bool:
    """Whether `value` may be the id of a task."""
    try:
        check_id("id", value)
    except InvalidInput:
        return False
    return True


def depend(row: ImportRow, target: str, notices: Notices) -> None:
    """Make `row` depend on `target`, unless that is no id or the row itself, which is noted."""
    if _is_other(row, target, notices) and (DEPENDS_ON, target) not in row.relations:
        row.relations.append((DEPENDS_ON, target))


def adopt(row: ImportRow, target: str, notices: Notices) -> None:
    """Make `target` a parent of `row`, unless that is no id or the row itself, which is noted."""
    if _is_other(row, target, notices) and target not in row.parents:
        row.parents.append(target)


def _is_other(row: ImportRow, target: str, notices: Notices) -> bool:
    if not is_id(target):
        notices.append(("unlinked", f"the relation to {target!r} names no task; it was left out."))
    elif target == row.fields["task_id"]:
        notices.append(("cycle", f"{target} relates to itself; that was left out."))
    else:
        return True
    return False


def moment(value: object, field: str) -> Micros:
    """Read a time. The short way is taken for text with a zone, which is nearly all there is."""
    if not isinstance(value, str):
        raise InvalidInput(f"{field} must be a time in text, not {type(value).__name__}.", field=field)
    try:
        at = Micros((datetime.fromisoformat(value) - _EPOCH) // _MICROSECOND)
    except (ValueError, TypeError, OverflowError):  # TypeError: no zone; parse_moment reads it or says what is wrong
        at = parse_moment(value, field)
    if not _EARLIEST <= at <= _LATEST:
        raise InvalidInput(f"{field} {value!r} is out of range; years 1000 to 9999 are kept.", field=field)
    return at


def reason(error: InvalidInput | RecursionError) -> str:
    """What is wrong with a row."""
    return error.message if isinstance(error, InvalidInput) else "its values are nested too deeply."


def shown(message: str) -> str:
    """`message` short enough to read, and without lone surrogates, which no terminal or log can take."""
    if len(message) > MAX_MESSAGE:
        message = f"{message[: MAX_MESSAGE // 2]} ... {message[-MAX_MESSAGE // 2 :]}"
    return message.encode(errors="backslashreplace").decode().replace("\x00", "\\x00")


def decode_json(text: str) -> Any:
    """The JSON value that `text` holds; raises InvalidInput for whatever a strict reader refuses."""
    try:
        return _decode_json(text)
    except json.JSONDecodeError as error:
        raise InvalidInput(f"malformed JSON: {error.msg} (line {error.lineno}, column {error.colno}).") from None
    except ValueError as error:
        raise InvalidInput(f"malformed JSON: {error}.") from None
    except RecursionError:
        raise InvalidInput("malformed JSON: nested too deeply.") from None


def decode_utf8(data: bytes) -> str:
    """The text that `data` holds in UTF-8; raises InvalidInput naming the first byte that is not UTF-8."""
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        byte = data[error.start]
        raise InvalidInput(f"wrong encoding: byte {error.start + 1} (0x{byte:02x}) is not UTF-8.") from None


def unreadable(path: Path, error: Exception) -> InvalidImport:
    """The error for a path that the system cannot read."""
    reason = getattr(error, "strerror", None) or error
    return InvalidImport(shown(f"{path} cannot be read: {reason}."), next="Check the path and who may read it.")


def modified(path: Path) -> Micros:
    """When the file was last written: stands in where a closed row carries no time at all."""
    try:
        return Micros(int(path.stat().st_mtime) * SECOND)
    except OSError as error:
        raise unreadable(path, error) from None


def check_path(path: Path, *, folder: bool = False) -> None:
    """Raise NotFound or InvalidImport unless `path` is a file (or a folder) that can be read."""
    try:
        found, fits = path.exists(), path.is_dir() if folder else path.is_file()
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from None
    if not found:
        raise NotFound(shown(f"There is nothing at {path}."), next="Check the path.")
    if not fits:
        wanted = "a folder" if folder else "a file"
        raise InvalidImport(shown(f"{path} is not {wanted}."), next=f"Name {wanted} of this format.")
    if not os.access(path, os.R_OK):
        raise unreadable(path, PermissionError(13, "permission denied"))


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """The file at `path`, open for reading bytes; system errors become ours while it is open."""
    try:
        with path.open("rb") as stream:
            yield stream
    except OSError as error:
        raise unreadable(path, error) from None


def read_text(path: Path) -> str:
    """The whole text of a file in UTF-8; raises InvalidInput for another encoding."""
    with opened(path) as stream:
        data = stream.read()
    return decode_utf8(data.removeprefix(b"\xef\xbb\xbf"))
