"""A connection to Chroma, embedded or by HTTP: what is opened, how it is closed, and that nothing is opened twice."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from vespera_chroma.faults import engine, fault
from vespera_chroma.manifest import ENGINE_FOLDER, FORMAT, Manifest
from vespera_core.errors import ConfigError, EngineFault

if TYPE_CHECKING:
    from chromadb.api import ClientAPI
    from chromadb.api.models.Collection import Collection

NEVER: Final = 2**31 - 1
"""A sync threshold that is never reached. Below it the engine writes its graph over the old files now and then, and
a process that dies meanwhile leaves them damaged; beyond it new rows stay in its log, and are replayed at the start."""
AT_ONCE: Final = 2
_SUFFIX: Final = ".bare"
_open: set[Path] = set()
_guard: Final = Lock()


def engine_name() -> str:
    """What the manifest calls the installed engine."""
    return f"chromadb {version('chromadb')}"


def address(url: str) -> tuple[str, int, bool]:
    """Host, port and whether TLS is used. Raises ConfigError for what is no address of a server."""
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        port = -1
    rest = parts.path.strip("/") or parts.query or parts.fragment or parts.username
    if parts.scheme not in ("http", "https") or not parts.hostname or rest or port == -1:
        raise ConfigError(
            f"[vectors.chroma] url is {url!r}, which is no address of a Chroma server.",
            next="Write it as http://host:port, or leave it empty to keep the index in the workspace.",
        )
    return parts.hostname, port or (443 if parts.scheme == "https" else 8000), parts.scheme == "https"


class Connection:
    """An open client with the two collections of an index: tasks that have a vector, and ids of those that have none.

    The engine hands one and the same state to all clients of a path in a process, and two processes on a path do not
    see each other's rows. The core's lock keeps processes apart, and `_open` keeps a process from opening twice.
    """

    def __init__(self, folder: Path, manifest: Manifest, hnsw: Mapping[str, int]) -> None:
        self.manifest = manifest
        self._folder = folder
        self._hnsw = dict(hnsw)
        self._client: ClientAPI | None = None
        self._path = (folder / ENGINE_FOLDER).resolve()
        _enter(self._path)
        try:
            with engine("be opened"):
                self._start()
        except BaseException:
            self.close()
            raise

    @property
    def is_server(self) -> bool:
        return bool(self.manifest.url)

    def _start(self) -> None:
        self._client = _server(self.manifest.url) if self.is_server else _embedded(self._path)
        self.most = int(self._client.get_max_batch_size())

    @property
    def client(self) -> ClientAPI:
        if self._client is None:
            raise fault("The index is closed.")
        return self._client

    def create(self, threshold: int = NEVER) -> None:
        """Make the two collections."""
        name = self.manifest.collection
        self.main = self._made(name, {"space": "cosine", **self._hnsw}, threshold, self.manifest.dimension)
        self.bare = self._made(name + _SUFFIX, {"space": "l2"}, NEVER, 1)

    def _made(self, name: str, hnsw: dict[str, Any], threshold: int, dimension: int) -> Collection:
        if not self.is_server:
            hnsw["sync_threshold"] = threshold
        about = {"format": FORMAT, "model": self.manifest.model, "dimension": dimension}
        configuration: Any = {"hnsw": hnsw}
        return self.client.create_collection(
            name, configuration=configuration, metadata=about, embedding_function=None
        )  # fmt: skip

    def find(self) -> None:
        """Look the two collections up, and what they were made for. Raises EngineFault."""
        name = self.manifest.collection
        with engine(f"find the collection {name!r}"):
            self.main = self.client.get_collection(name, embedding_function=None)
            self.bare = self.client.get_collection(name + _SUFFIX, embedding_function=None)
        wanted = {"format": FORMAT, "model": self.manifest.model, "dimension": self.manifest.dimension}
        if (self.main.metadata or {}) != wanted:
            raise fault(f"The collection {name!r} was made for something else: {self.main.metadata}.")

    def remake(self) -> None:
        """Empty collections once more, which write their graph out with every batch."""
        for name in (self.manifest.collection, self.manifest.collection + _SUFFIX):
            self.client.delete_collection(name)
        self.create(AT_ONCE)

    def settle(self) -> None:
        """From here on leave the graph's files as they are; the engine reads that when it starts."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # the engine warns of how it does this itself
            self.main.modify(configuration={"hnsw": {"sync_threshold": NEVER}})
        self._stop()

    def restart(self) -> None:
        """Start again after `settle`."""
        self._start()
        self.find()

    def _stop(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            sessions = _sessions(client)
            client.close()  # type: ignore[attr-defined]
            for session in sessions:
                session.close()

    def close(self) -> None:
        """Let go of everything; closing twice is fine."""
        try:
            self._stop()
        finally:
            with _guard:
                _open.discard(self._path)


def _enter(path: Path) -> None:
    with _guard:
        if path in _open:
            raise EngineFault(f"{path} is open in this process already.", next="Close the other one first.")
        _open.add(path)


def _embedded(path: Path) -> ClientAPI:
    import chromadb

    path.mkdir(exist_ok=True)
    return chromadb.PersistentClient(path=str(path), settings=_settings())


def _server(url: str) -> ClientAPI:
    import chromadb

    host, port, tls = address(url)
    try:
        return chromadb.HttpClient(host=host, port=port, ssl=tls, settings=_settings())
    except Exception as error:
        raise EngineFault(
            f"The Chroma server at {url} does not answer: {type(error).__name__}: {error}",
            next="Start the server, or correct url under [vectors.chroma]; answers come from the store meanwhile.",
        ) from error


def _sessions(client: ClientAPI) -> list[Any]:
    """The HTTP connections of a client and of its administrative half, which `close` leaves open."""
    servers = [getattr(one, "_server", None) for one in (client, getattr(client, "_admin_client", None))]
    return [session for one in servers if (session := getattr(one, "_session", None)) is not None]


def _settings() -> Any:
    """Settings that no file named .env in the current folder changes, and that call nobody."""
    from chromadb.config import Settings

    return Settings(
        _env_file=None,  # type: ignore[call-arg]
        anonymized_telemetry=False,
        chroma_otel_collection_endpoint="",
        chroma_server_host=None,
        chroma_server_http_port=None,
        allow_reset=False,
        migrations="apply",
    )
