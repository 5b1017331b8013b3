"""Configuration: what `.vespera/config.toml`, the environment and the command line say, strongest last."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from vespera_core.errors import ConfigError, InvalidInput
from vespera_core.model.record import record

if TYPE_CHECKING:
    from vespera_core.ports.provider import Provider
    from vespera_core.ports.transport import Transport

FILE: Final = "config.toml"
_STRINGS: Final = {
    "vespera.storage": "VESPERA_STORAGE",
    "vespera.project": "VESPERA_PROJECT",
    "vespera.vectors": "VESPERA_VECTORS",
    "vespera.graph": "VESPERA_GRAPH",
    "vespera.embedder": "VESPERA_EMBEDDER",
    "vespera.keys": "VESPERA_KEYS",
    "roles.set": "VESPERA_ROLES",
}
_LISTS: Final = {
    "plugins.allow": "VESPERA_PLUGINS",
    "plugins.block": "VESPERA_BLOCK",
    "plugins.required": "VESPERA_REQUIRED",
}
KEYS: Final = {**_STRINGS, **_LISTS}
"""Every key and the environment variable that overrides it; a provider's own settings stand in tables of its kind."""

OWN: Final = ("vespera", "plugins", "roles")
"""The tables that hold these keys."""

AUTO: Final = "auto"
TABLES: Final = (
    "storage",
    "vectors",
    "graph",
    "embedder",
    "projection",
    "service",
    "executor",
    "search",
    "keys",
    "transport",
    "plugin",
)
"""Further tables: one per kind of provider, with a table per provider in it, the settings of search, and those that
plugins have beside what they offer."""


@record(frozen=True, slots=True)
class Settings:
    """The settings in force. `allow` None lets every plugin in, an empty one none; `roles` names a set of templates."""

    storage: str = "sqlite"
    project: str | None = None
    vectors: str = AUTO
    graph: str = AUTO
    embedder: str = AUTO
    keys: str = "file"
    allow: tuple[str, ...] | None = None
    block: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    roles: str | None = None
    providers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def with_options(self, **options: Any) -> Settings:
        """These settings with those options that were given."""
        return replace(self, **{name: value for name, value in options.items() if value is not None})


def provider_settings(provider: Provider[Any] | Transport, settings: Settings, kind: str = "storage") -> dict[str, Any]:
    """A provider's defaults with what the configuration says in its own table; unknown keys are refused."""
    return _over(provider.settings, settings, kind, provider.name)


def plugin_settings(plugin: str, defaults: Mapping[str, Any], settings: Settings) -> dict[str, Any]:
    """A plugin's defaults with what the configuration says in its own table. Raises ConfigError for what does not fit.

    A value has the type of its default; a whole number does for a fraction, and anything for None.
    """
    found = _over(defaults, settings, "plugin", plugin)
    for key, usual in defaults.items():
        if usual is not None and not _is_like(usual, found[key]):
            raise ConfigError(
                f"[plugin.{plugin}] {key} is of the wrong type: {found[key]!r}.",
                next=f"Write it as its default is written: {usual!r}.",
            )
    return found


def _over(defaults: Mapping[str, Any], settings: Settings, kind: str, name: str) -> dict[str, Any]:
    given = settings.providers.get(kind, {}).get(name, {})
    if not isinstance(given, Mapping):
        raise ConfigError(f"{name} under [{kind}] is no table.", next=f"Write its settings below [{kind}.{name}].")
    unknown = set(given) - set(defaults)
    if unknown:
        raise ConfigError(
            f"[{kind}.{name}] has unknown keys: {', '.join(sorted(unknown))}.",
            next=f"It knows: {', '.join(defaults) or 'none'}.",
        )
    return {**defaults, **given}


def _is_like(usual: object, value: object) -> bool:
    if isinstance(usual, bool) or isinstance(value, bool):
        return type(usual) is type(value)
    return isinstance(value, int | float if isinstance(usual, float) else type(usual))


def load_settings(folder: Path | None) -> Settings:
    """Read the workspace's file, if it has one, and the environment. Raises ConfigError naming file and key."""
    document = {} if folder is None else _read(folder / FILE)
    values = _checked(document, folder / FILE) if folder is not None and document else {}
    for key, variable in KEYS.items():
        if (text := os.environ.get(variable)) is not None:
            values[key] = _words(text) if key in _LISTS else text
    return Settings(
        storage=values.get("vespera.storage") or "sqlite",
        project=values.get("vespera.project") or None,
        vectors=values.get("vespera.vectors") or AUTO,
        graph=values.get("vespera.graph") or AUTO,
        embedder=values.get("vespera.embedder") or AUTO,
        keys=values.get("vespera.keys") or "file",
        allow=values.get("plugins.allow"),
        block=values.get("plugins.block", ()),
        required=values.get("plugins.required", ()),
        roles=values.get("roles.set") or None,
        providers={key: document[key] for key in document if key not in OWN},
    )


def _read(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"{path} cannot be read: {error}.", next="Check the file's owner and that it is UTF-8 text."
        ) from error
    if not text.strip():
        return {}
    import tomllib

    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path} is not valid TOML: {error}.", next="Correct that line in an editor.") from None


def _checked(document: dict[str, Any], path: Path) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for table in document.items():
        name, content = table
        if not isinstance(content, dict):
            raise ConfigError(f"{path}: {name} must stand in a table such as [vespera].", next=_known())
        if name in OWN:
            values.update({f"{name}.{key}": _value(f"{name}.{key}", value, path) for key, value in content.items()})
        elif name not in TABLES:
            raise ConfigError(f"{path}: the table [{name}] is unknown.", next=_known())
    return values


def _value(key: str, value: object, path: Path) -> Any:
    if key in _STRINGS and isinstance(value, str):
        return value
    if key in _LISTS and isinstance(value, list) and all(isinstance(one, str) for one in value):
        return tuple(value)
    what = "unknown" if key not in KEYS else f"of the wrong type: {value!r}"
    raise ConfigError(f"{path}: the key {key} is {what}.", next=_known())


def _known() -> str:
    return f"Known keys: {', '.join(KEYS)}, and tables such as [storage.sqlite]."


def _words(text: str) -> tuple[str, ...]:
    """Words with commas or spaces between them; the versions that are asked of one stay with it: ``sql>=0.1,<0.2``."""
    import re

    return tuple(word for word in re.split(r"(?<![<>=!~,\s])[,\s]+(?![<>=!~,\s])", text.strip(", \t\n")) if word)


def get_value(folder: Path, key: str | None) -> dict[str, Any]:
    """One key's value, or all that are set, as the file and the environment give them."""
    settings = load_settings(folder)
    values = {
        "vespera.storage": settings.storage,
        "vespera.project": settings.project,
        "vespera.vectors": settings.vectors,
        "vespera.graph": settings.graph,
        "vespera.embedder": settings.embedder,
        "vespera.keys": settings.keys,
        "plugins.allow": None if settings.allow is None else list(settings.allow),
        "plugins.block": list(settings.block),
        "plugins.required": list(settings.required),
        "roles.set": settings.roles,
    }
    if key is None:
        return values
    return {_full(key): values[_full(key)]}


def set_value(folder: Path, key: str, text: str) -> dict[str, Any]:
    """Write one key, keeping the file's comments and order; lists are given as words."""
    import tomlkit

    table, _, name = _full(key).partition(".")
    path = folder / FILE
    _checked(_read(path), path)
    document = tomlkit.parse(path.read_text(encoding="utf-8") if path.exists() else "")
    if table not in document:
        document[table] = tomlkit.table()
    value: Any = list(_words(text)) if _full(key) in _LISTS else text
    document[table][name] = value
    write_config(folder, tomlkit.dumps(document))
    return {_full(key): value}


def write_config(folder: Path, text: str) -> None:
    """Put a new configuration in place of the old one, whole or not at all."""
    path = folder / FILE
    part = path.with_suffix(".part")
    try:
        part.write_text(text, encoding="utf-8")
        part.replace(path)
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be written: {error.strerror or error}.", next="Check who owns the folder .vespera."
        ) from error


def _full(key: str) -> str:
    full = key if "." in key else f"vespera.{key}"
    if full not in KEYS:
        raise InvalidInput(f"The key {key!r} is unknown.", key=key, next=_known())
    return full
