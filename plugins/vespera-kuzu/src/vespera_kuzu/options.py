"""The settings of the graph, checked."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from vespera_core.errors import ConfigError

MEBIBYTE: Final = 2**20
_RANGES: Final = {
    "buffer_pool_mb": (64, 65_536),
    "max_db_mb": (64, 2**23),
    "threads": (1, 256),
    "query_timeout_seconds": (0.01, 86_400),
}


class Options(NamedTuple):
    """How the engine is opened: bounds on memory in MiB, on threads, and on a person's question in seconds."""

    engine: str
    buffer_pool_mb: int
    max_db_mb: int
    threads: int
    query_timeout_seconds: float

    @property
    def address_space(self) -> int:
        """`max_db_mb` in bytes, as the power of two that the engine asks for."""
        return 1 << (self.max_db_mb * MEBIBYTE - 1).bit_length()


def read_options(settings: dict[str, Any], engines: tuple[str, ...]) -> Options:
    """The settings as options. Raises ConfigError for a value that the engine cannot be opened with."""
    if settings["engine"] not in ("auto", *engines):
        raise _refused("engine", settings["engine"], f"one of: auto, {', '.join(engines)}")
    for name, (least, most) in _RANGES.items():
        kinds = (int, float) if name == "query_timeout_seconds" else (int,)
        value = settings[name]
        if isinstance(value, bool) or not isinstance(value, kinds) or not least <= value <= most:
            raise _refused(name, value, f"a {'' if float in kinds else 'whole '}number from {least} to {most}")
    return Options(**{name: settings[name] for name in Options._fields})


def _refused(name: str, value: object, wanted: str) -> ConfigError:
    return ConfigError(
        f"graph.kuzu.{name} is {value!r}; it must be {wanted}.",
        next=f"Correct it in .vespera/config.toml, in the table [graph.kuzu], or leave {name} out.",
    )
