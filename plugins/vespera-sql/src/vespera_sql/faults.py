"""Faults: what SQLite and the file system say, as errors of the ledger with a safe next step."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vespera_core.errors import StoreBusy, StoreCorrupt, StoreFault, StoreFull, StoreReadOnly

_BY_CODE: dict[int, tuple[type[StoreFault], str]] = {
    sqlite3.SQLITE_FULL: (StoreFull, "There is no space left for the store {path}."),
    sqlite3.SQLITE_READONLY: (StoreReadOnly, "The store {path} cannot be written."),
    sqlite3.SQLITE_CANTOPEN: (StoreReadOnly, "The store {path}, or a file beside it, cannot be opened."),
    sqlite3.SQLITE_PERM: (StoreReadOnly, "The store {path} does not permit access."),
    sqlite3.SQLITE_CORRUPT: (StoreCorrupt, "The store {path} is damaged."),
    sqlite3.SQLITE_NOTADB: (StoreCorrupt, "The store {path} is not a database."),
    sqlite3.SQLITE_BUSY: (StoreBusy, "The store {path} is locked by another process."),
    sqlite3.SQLITE_LOCKED: (StoreBusy, "The store {path} is locked."),
    sqlite3.SQLITE_IOERR: (StoreFault, "The disk failed while the store {path} was used."),
    sqlite3.SQLITE_NOMEM: (StoreFault, "There is not enough memory to use the store {path}."),
}


def fault_of(error: sqlite3.Error, path: Path) -> StoreFault:
    """The ledger's word for an SQLite error; nothing of the failed transaction was written."""
    if "Could not decode to UTF-8" in str(error):  # no code of SQLite, and the whole text in the message
        return StoreCorrupt(f"The store {path} is damaged: it holds text that is not UTF-8.")
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    kind, message = _BY_CODE.get(code, (StoreFault, "The store {path} could not do its work."))
    return kind(f"{message.format(path=path)} SQLite says: {error}.", sqlite=getattr(error, "sqlite_errorname", ""))


def os_fault(error: OSError, path: Path) -> StoreFault:
    """The ledger's word for an error of the file system."""
    kind: type[StoreFault] = StoreFault
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        kind = StoreFull
    elif error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        kind = StoreReadOnly
    return kind(f"The store {path} cannot be used: {error.strerror or error}.")


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Raise what SQLite or the file system raise inside as a StoreFault."""
    try:
        yield
    except sqlite3.Error as error:
        raise fault_of(error, path) from error
    except UnicodeDecodeError as error:  # sqlite3's own, where it reads damaged names or messages
        raise StoreCorrupt(f"The store {path} is damaged: it holds text that is not UTF-8.") from error
    except OSError as error:
        raise os_fault(error, path) from error
