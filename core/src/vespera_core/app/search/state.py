"""What search keeps in this process for an open workspace: rankings, query vectors, word lists and figures."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakKeyDictionary

from vespera_core.app.engines.cache import SIZES, Cache
from vespera_core.app.search.meter import Meter
from vespera_core.errors import ConfigError

if TYPE_CHECKING:
    from vespera_core.app.kernel import Kernel
    from vespera_core.app.search.searching import Ranking
    from vespera_core.app.search.vocabulary import Vocabulary
    from vespera_core.ports.embedder import Matrix

DEFAULTS: Final[dict[str, float]] = {"wait_seconds": 2.0}
"""The keys of the table [search]: how long a search waits for the vectors to reach the log."""

SPACE: Final = "search"
"""Where memos of this room stand."""


class State:
    """The process's share of the search in one workspace."""

    def __init__(self) -> None:
        self.rankings: Cache[Ranking] = Cache(SIZES["searches"])
        self.vectors: Cache[Matrix] = Cache(SIZES["searches"])
        self.vocabularies: Cache[Vocabulary] = Cache(4)
        self.meter = Meter()


_states: WeakKeyDictionary[Kernel, State] = WeakKeyDictionary()
_guard = Lock()


def state_of(kernel: Kernel) -> State:
    """The state that belongs to an open workspace."""
    with _guard:
        return _states.setdefault(kernel, State())


def setting(kernel: Kernel, name: str) -> float:
    """A setting of the table [search]. Raises ConfigError for unknown keys, and for what is not a number from 0 on."""
    given: dict[str, Any] = dict(kernel.settings.providers.get("search", {})) if kernel.settings is not None else {}
    if unknown := sorted(set(given) - set(DEFAULTS)):
        raise ConfigError(f"[search] has unknown keys: {', '.join(unknown)}.", next=f"It knows: {', '.join(DEFAULTS)}.")
    value = given.get(name, DEFAULTS[name])
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 3600:
        raise ConfigError(f"[search] {name} must be a number from 0 to 3600, not {value!r}.", next="Correct that line.")
    return float(value)
