"""The graph's file, opened: one owner of the folder, one writer, a pool of readers, and care for the bytes."""

from __future__ import annotations

import atexit
import ctypes
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from threading import Condition, RLock
from typing import Any, Final
from weakref import WeakSet

from vespera_core.errors import EngineFault
from vespera_kuzu.engine import Engine, load_engine
from vespera_kuzu.folder import Folder
from vespera_kuzu.manifest import REBUILD, Manifest, damaged, read_manifest, write_manifest
from vespera_kuzu.options import MEBIBYTE, Options
from vespera_kuzu.schema import COUNTER, definitions
from vespera_kuzu.session import Session

_FOLD_BYTES: Final = 16 * MEBIBYTE
"""How long the write-ahead log may grow before it is folded into the file."""

_PATIENCE: Final = 10.0
"""Seconds that closing waits for questions that were interrupted."""

_open: WeakSet[Database] = WeakSet()


class Database:
    """An open graph. Reads from any thread; one writer at a time."""

    def __init__(self, folder: Folder, engine: Engine, options: Options, manifest: Manifest) -> None:
        self.folder = folder
        self.engine = engine
        self._options = options
        self._manifest = manifest
        self._pid = os.getpid()
        self._writing = RLock()
        self._changed = Condition()
        self._idle: list[Session] = []
        self._busy: set[Session] = set()
        self._closed = False
        self._folded_bytes = 0
        self._database = _opened(engine, folder.graph, options)
        self._writer = self._session()
        _open.add(self)

    @property
    def commits(self) -> int:
        """How many changes the graph has seen: another number, another content."""
        return self._manifest.commits

    def _session(self) -> Session:
        try:
            return Session(self.engine.module, self._database, self._options.threads)
        except RuntimeError as error:
            raise EngineFault(f"The graph engine gives no connection: {error}.") from error

    # ---------------------------------------------------------------- reading

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A snapshot: everything that is asked in the block sees the same state, and nothing can be written."""
        session = self._borrowed()
        try:
            session.begin(read_only=True)
            yield session
        finally:
            session.roll_back()
            if session.worn:
                session.close()
            with self._changed:
                self._busy.discard(session)
                if not session.worn:
                    self._idle.append(session)
                self._changed.notify_all()

    def _borrowed(self) -> Session:
        with self._changed:
            self._check()
            session = self._idle.pop() if self._idle else self._session()
            self._busy.add(session)
        return session

    def _check(self) -> None:
        if self._closed:
            raise EngineFault("The graph is closed.", next="Open the workspace anew.")
        if self._pid != os.getpid():
            raise EngineFault(
                "The graph was opened before this process was forked; its engine does not work in both.",
                next="Open the workspace in the new process.",
            )

    # ---------------------------------------------------------------- writing

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """One transaction: all of it is durable when the block ends, or nothing of it is there."""
        with self._writing:
            self._check()
            self._writer.begin(read_only=False)
            try:
                yield self._writer
                count = self.commits + 1
                self._writer.run("MATCH (m:Meta {name: $name}) SET m.number = $count", name=COUNTER, count=count)
                self._writer.run("COMMIT")
            except BaseException:
                self._writer.roll_back()
                raise
            self._note(commits=count, **self._log())
            self._fold_if_long()
            self._renew_writer()

    @contextmanager
    def loading(self) -> Iterator[Session]:
        """Fill an empty graph without transactions; one that is left half-way is refused by whoever opens it next."""
        with self._writing:
            self._check()
            self._note(state="loading")
            yield self._writer
            self._fold()

    def _renew_writer(self) -> None:
        if self._writer.worn:
            self._writer.close()
            self._writer = self._session()

    def _note(self, **changes: Any) -> None:
        self._manifest = replace(self._manifest, **changes)
        write_manifest(self.folder.path, self._manifest)

    def _fold_if_long(self) -> None:
        if self.folder.log_bytes() - self._folded_bytes > _FOLD_BYTES:
            with suppress(EngineFault):  # somebody reads for so long that the engine gave up: the log grows on
                self._fold()
            self._folded_bytes = self.folder.log_bytes()

    def _fold(self) -> None:
        """Fold the write-ahead log into the file, and note the digest that it then has."""
        if self._manifest.state == "ready":
            self._note(state="folding")
        self._writer.run("CHECKPOINT")
        self._note(state="ready", digest=self.folder.digest(), **self._log())

    def _log(self) -> dict[str, Any]:
        size, digest = self.folder.log()
        return {"log_bytes": size, "log_digest": digest}

    # ---------------------------------------------------------------- from the first to the last

    def make(self) -> None:
        """Make the tables of an empty graph."""
        for statement in definitions():
            self._writer.run(statement)
        self._writer.run("CREATE (:Meta {name: $name, number: 0})", name=COUNTER)
        self._fold()

    def recover(self) -> None:
        """Look at what was found on opening, and make it whole. Raises EngineFault where something is missing."""
        found = self._writer.rows("MATCH (m:Meta {name: $name}) RETURN m.number", name=COUNTER)
        count = found[0][0] if found else -1
        if count < self.commits:
            raise damaged(f"{self.commits} changes were written, of which {self.commits - count} are missing.")
        self._manifest = replace(self._manifest, commits=count)
        if self._manifest.state != "ready" or self.folder.log_bytes():
            self._fold()

    def close(self) -> None:
        """Fold the log into the file and let go of everything; closing twice is fine."""
        with self._writing:
            if self._closed or self._pid != os.getpid():
                return
            _open.discard(self)
            self._await_readers()
            try:
                self._end()
            finally:
                self.folder.release()

    def _await_readers(self) -> None:
        with self._changed:
            self._closed = True
            for session in self._busy:
                session.connection.interrupt()
            self._changed.wait_for(lambda: not self._busy, _PATIENCE)

    def _end(self) -> None:
        """The engine writes to its file once more as it closes, so the digest is taken after that."""
        if self._manifest.state == "ready":
            self._note(state="folding")
        with suppress(EngineFault):
            self._writer.run("CHECKPOINT")
        for session in (*self._idle, self._writer):
            session.close()
        self._database.close()
        if self._manifest.state == "folding" and not self.folder.log_bytes():
            self._note(state="ready", digest=self.folder.digest(), **self._log())

    def abandon(self) -> None:
        """Let go of a database that could not be opened for use, leaving its files as they are."""
        self._closed = True
        _open.discard(self)
        self._writer.close()
        self._database.close()

    def disown(self) -> None:
        """In a forked child: keep the engine's objects for ever, since even their end hangs there."""
        for one in (self._database, self._writer, *self._idle, *self._busy):
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(one))
        self.folder.release()


def _opened(engine: Engine, path: Path, options: Options) -> Any:
    try:
        return engine.module.Database(
            str(path),
            buffer_pool_size=options.buffer_pool_mb * MEBIBYTE,
            max_db_size=options.address_space,
            max_num_threads=options.threads,
            auto_checkpoint=False,
        )
    except Exception as error:
        raise _not_opened(engine, str(error).strip()) from error


def _not_opened(engine: Engine, words: str) -> EngineFault:
    if "lock" in words.lower():
        return in_use()
    if "mmap" in words.lower() or "allocate" in words.lower():
        return EngineFault(
            f"{engine.title} gets too little memory: {words}",
            next="Lower buffer_pool_mb and max_db_mb in the table [graph.kuzu], or raise the limit of the process.",
        )
    return damaged(f"{engine.title} cannot open them: {words}")


def in_use() -> EngineFault:
    """Another process has the graph open."""
    return EngineFault(
        "The graph is open in another process or place; its engine allows one at a time.",
        next="Ask again once that has ended, or answer without it meanwhile: 'vespera config set graph memory'.",
    )


def open_database(path: Path, options: Options) -> Database:
    """Open the graph in a folder, or make an empty one there.

    Raises EngineFault where another has it open, where another engine wrote it, and where anything in it is missing
    or is not as it was written.
    """
    folder = Folder(path)
    if not folder.claim():
        raise in_use()
    try:
        manifest = read_manifest(path)
        engine = load_engine(options.engine, manifest.engine if manifest else None)
        return _made(folder, engine, options) if manifest is None else _found(folder, engine, options, manifest)
    except BaseException:
        folder.release()
        raise


def _made(folder: Folder, engine: Engine, options: Options) -> Database:
    if left := folder.files():
        raise damaged(f"there is {left[0]}, but no note of who wrote it.")
    manifest = Manifest(engine=engine.name, version=engine.version, storage=engine.storage, state="loading")
    write_manifest(folder.path, manifest)
    return _started(folder, engine, options, manifest, Database.make)


def _found(folder: Folder, engine: Engine, options: Options, manifest: Manifest) -> Database:
    if (manifest.engine, manifest.version, manifest.storage) != engine[:3]:
        raise EngineFault(
            f"The graph's files were written by {manifest.engine} {manifest.version}; installed is {engine.title},"
            " which cannot be trusted to read them.",
            next=REBUILD,
        )
    if manifest.state == "loading":
        raise EngineFault("The graph was left half-filled: whoever filled it was interrupted.", next=REBUILD)
    if not folder.graph.exists():
        raise damaged(f"{folder.graph.name} is missing.")
    folder.hold()
    if manifest.state == "ready":
        _compare(folder, manifest)
    if manifest.state == "ready" and folder.log_bytes():
        manifest = replace(manifest, state="folding")  # the engine folds as it opens
        write_manifest(folder.path, manifest)
    return _started(folder, engine, options, manifest, Database.recover)


def _compare(folder: Folder, manifest: Manifest) -> None:
    """The file is as it was, and the log holds at least what was acknowledged."""
    if folder.digest() != manifest.digest:
        raise damaged(f"{folder.graph.name} is not as it was written.")
    size, digest = folder.log(manifest.log_bytes)
    if size != manifest.log_bytes or (size and digest != manifest.log_digest):
        raise damaged(f"the log of {folder.graph.name} is not as it was written.")


def _started(
    folder: Folder, engine: Engine, options: Options, manifest: Manifest, step: Callable[[Database], None]
) -> Database:
    database = Database(folder, engine, options, manifest)
    try:
        folder.hold()
        step(database)
    except BaseException:
        database.abandon()
        raise
    return database


def _disown_all() -> None:
    for database in list(_open):
        database.disown()
    _open.clear()


def _close_all() -> None:
    for database in list(_open):
        database.close()


os.register_at_fork(after_in_child=_disown_all)
atexit.register(_close_all)
