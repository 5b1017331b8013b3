"""The engines of one open workspace, chosen by the settings and opened when they are first needed."""

from __future__ import annotations

import contextlib
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any

from vespera_core.app.config import AUTO, Settings
from vespera_core.app.engines.opening import (
    AUTO_EMBEDDER,
    BUILT_IN,
    Choice,
    IndexOpener,
    chosen,
    offered,
    open_direct,
    open_embedder,
    preferred,
)
from vespera_core.errors import EmbedderFault, PluginFault, VesperaError

if TYPE_CHECKING:
    from vespera_core.app.engines.answering import Answering, Switch
    from vespera_core.app.engines.cache import Cache, CacheFigures
    from vespera_core.app.kernel import Kernel
    from vespera_core.app.projections.embedding import Embeddings
    from vespera_core.app.projections.index import Index
    from vespera_core.app.projections.standing import Standing
    from vespera_core.ports.embedder import Embedder
    from vespera_core.ports.graph import Graph
    from vespera_core.ports.vectors import VectorIndex


class Engines:
    """The embedder, the vector index and the graph of a workspace. Every method may be called from any thread.

    `hosting` is set in processes that live long and feed indexes (`services run`, `serve`, `worker`), before they ask
    for anything: there `auto` means the best index that is installed, elsewhere what needs only the primary store.
    """

    def __init__(self, kernel: Kernel, settings: Settings, folder: Path | None) -> None:
        self.kernel = kernel
        self.settings = settings
        self.folder = folder
        self.hosting = False
        self._guard = RLock()
        self._open: dict[str, Any] = {}
        self._indexes: dict[str, Index] = {}
        self._caches: dict[str, Cache[Any]] = {}

    # ------------------------------------------------------------ meanings

    def embedder(self) -> Embedder:
        """The configured model. Raises EmbedderFault, and PluginFault where a model is named that is not installed."""
        with self._guard:
            if "embedder" not in self._open:
                name = self.settings.embedder
                self._open["embedder"] = open_embedder(self.kernel, self.settings, "" if name == AUTO else name)
            embedder: Embedder = self._open["embedder"]
            return embedder

    def embeddings(self, *, largest: int = 1000, workers: int = 1) -> Embeddings:
        """The keeper of the configured model's vectors. Raises as `embedder` does."""
        from vespera_core.app.projections.embedding import Embeddings

        return Embeddings(self.kernel, self.embedder(), largest=largest, workers=workers)

    def catch_up(self, seconds: float) -> Standing:
        """Bring the vectors of all live tasks up to the log, for at most about `seconds`.

        A store or model that is in the way raises nothing: the answer says how far they are behind, and why. Raises
        PluginFault where a model is named that is not installed.
        """
        from vespera_core.app.projections.standing import Standing

        try:
            return self.embeddings().catch_up(seconds)
        except EmbedderFault as error:
            with self.kernel.storage.read() as reader:
                log = reader.position()
            return Standing(model="", position=0, log=log, complete=False, reason=error.message)

    # ------------------------------------------------------------ who answers

    def vectors(self) -> VectorIndex:
        """The vector index that answers in this process: the configured one where it can be had, else the exact one."""
        return self._answering("vectors")  # type: ignore[no-any-return]

    def exact(self) -> VectorIndex:
        """The exact index, which needs nothing but the primary store."""
        return self._direct("vectors", BUILT_IN["vectors"])  # type: ignore[no-any-return]

    def graph(self) -> Graph:
        """The graph that answers in this process: the configured one where it can be had, else the in-process one."""
        return self._answering("graph")  # type: ignore[no-any-return]

    def memory_graph(self) -> Graph:
        """The in-process graph, which needs nothing but the primary store."""
        return self._direct("graph", BUILT_IN["graph"])  # type: ignore[no-any-return]

    def _answering(self, kind: str) -> Any:
        with self._guard:
            if kind not in self._open:
                self._open[kind] = self._started(kind)
            return self._open[kind]

    def _started(self, kind: str) -> Any:
        from vespera_core.app.engines.answering import Absence, Switch

        try:
            choice = self._choice(kind)
        except PluginFault as fault:
            return self._switched(kind, Absence(fault, kind, BUILT_IN[kind]))
        index = None if choice is None or choice.is_direct else self.index(kind)
        if index is None:
            return self._direct(kind, BUILT_IN[kind] if choice is None else choice.provider.name)
        return self._switched(kind, Switch(index))

    def _switched(self, kind: str, switch: Switch) -> Any:
        from vespera_core.app.engines.answering import SwitchedGraph, SwitchedVectors

        if kind == "vectors":
            return SwitchedVectors(switch, self.exact())
        return SwitchedGraph(switch, self.memory_graph())

    def absence(self, kind: str) -> str:
        """Why the built-in answers, where the plugin of what is configured is not there; empty where it is."""
        from vespera_core.app.engines.answering import Absence

        try:
            self._choice(kind)
        except PluginFault as fault:
            return Absence(fault, kind, BUILT_IN[kind]).reason
        return ""

    def _direct(self, kind: str, name: str) -> Any:
        key = f"{kind}:{name}"
        with self._guard:
            if key not in self._open:
                choice = chosen(self.kernel, kind, name)
                self._open[key] = open_direct(self.kernel, self.settings, kind, choice, self._model(kind))
            return self._open[key]

    def _choice(self, kind: str, *, hosted: bool = False) -> Choice | None:
        """The provider that the settings ask for here; None where `auto` means the built-in one."""
        name: str = getattr(self.settings, kind)
        if name == BUILT_IN[kind]:
            return None
        if name != AUTO:
            return chosen(self.kernel, kind, name)
        return preferred(self.kernel, kind) if (hosted or self.hosting) and self.folder is not None else None

    def _model(self, kind: str) -> tuple[int, str]:
        if kind != "vectors":
            return 0, ""
        embedder = self.embedder()
        return embedder.dimension, embedder.model_id

    # ------------------------------------------------------------ indexes that are fed

    def index(self, kind: str, *, hosted: bool = False) -> Index | None:
        """The configured index of a kind that is fed by us; None where there is none, or no folder to keep it in.

        `hosted` asks for the one that a process which hosts indexes would have.

        Raises PluginFault where one is named that is not installed, and EmbedderFault for vectors without a model.
        """
        choice = self._choice(kind, hosted=hosted)
        if choice is None or choice.is_direct or self.folder is None:
            return None
        return self._index(kind, choice)

    def projections(self) -> list[Index]:
        """Every projection of another kind that plugins offer; none for a ledger in memory."""
        return [self._index("projection", one) for one in offered(self.kernel, "projection") if self.folder is not None]

    def indexes(self) -> list[Index]:
        """Every index that is fed in processes which host indexes; what is not installed is left out."""
        found: list[Index | None] = []
        for kind in BUILT_IN:
            with contextlib.suppress(EmbedderFault, PluginFault):
                found.append(self.index(kind, hosted=True))
        return [one for one in found if one is not None] + self.projections()

    def _index(self, kind: str, choice: Choice) -> Index:
        from vespera_core.app.projections.index import Index

        key = f"{kind}/{choice.provider.name}"
        with self._guard:
            if key not in self._indexes and self.folder is not None:
                model = self._model(kind)
                opener = IndexOpener(self.kernel, self.settings, kind, choice, model)
                self._indexes[key] = Index(
                    self.kernel, self.folder, kind, choice.provider.name, opener, maker=choice.maker,
                    model=lambda: self.embedder().model_id,
                )  # fmt: skip
            return self._indexes[key]

    # ------------------------------------------------------------ caches

    def cache(self, name: str, size: int | None = None) -> Cache[Any]:
        """The cache of that name in this process, made when it is first asked for."""
        from vespera_core.app.engines.cache import SIZES, Cache

        with self._guard:
            if name not in self._caches:
                self._caches[name] = Cache(size or SIZES.get(name, 100))
            return self._caches[name]

    def cache_figures(self) -> dict[str, CacheFigures]:
        """How the caches of this process have done."""
        with self._guard:
            return {name: cache.figures() for name, cache in self._caches.items()}

    # ------------------------------------------------------------ how things stand

    def standing(self) -> tuple[Answering, ...]:
        """Who answers in this process, and why it is not who should. Raises nothing."""
        return (self._embedder_standing(), self._index_standing("vectors"), self._index_standing("graph"))

    def _embedder_standing(self) -> Answering:
        from vespera_core.app.engines.answering import Answering

        name = AUTO_EMBEDDER if self.settings.embedder == AUTO else self.settings.embedder
        try:
            self.embedder()
        except VesperaError as error:
            return Answering(kind="embedder", wanted=name, answers="", reason=error.message)
        return Answering(kind="embedder", wanted=name, answers=name)

    def _index_standing(self, kind: str) -> Answering:
        from vespera_core.app.engines.answering import Answering

        wanted, built_in = str(getattr(self.settings, kind)), BUILT_IN[kind]
        try:
            choice = self._choice(kind)
            wanted = wanted if choice is None else choice.provider.name
            index = self.index(kind)
            if index is None:
                fits = choice is None or choice.is_direct
                reason = "" if fits else "a ledger in memory keeps no index"
                return Answering(
                    kind=kind, wanted=wanted, answers=wanted if choice and fits else built_in, reason=reason
                )
        except VesperaError as error:
            return Answering(kind=kind, wanted=wanted, answers=built_in, reason=error.message)
        reason = index.outlook()
        answers = built_in if reason else wanted
        return Answering(kind=kind, wanted=wanted, answers=answers, reason=reason, behind=index.behind())

    def close(self) -> None:
        """Let go of every engine; closing twice is fine."""
        with self._guard:
            opened, self._open = self._open, {}
            indexes, self._indexes = self._indexes, {}
        for engine in (*opened.values(), *indexes.values()):
            with contextlib.suppress(Exception):  # what cannot be closed is left to the end of the process
                engine.close()
