"""The page of configuration."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterable, Iterator
from typing import Any

from pages.words import ROOT, code, page, table
from vespera_core.app import config
from vespera_core.plugins.hints import DISTRIBUTIONS
from vespera_core.plugins.registry import KINDS as HOOKS
from vespera_core.ports.provider import Provider

SOURCES = (ROOT / "core" / "src", *sorted(ROOT.glob("plugins/*/src")))

KINDS = {"storage": "Stores", "embedder": "Embedders", "vectors": "Vector indexes", "graph": "Graphs"}
MODULES = ("vespera_core.builtin.plugin", *(f"{name.replace('-', '_')}.plugin" for name in DISTRIBUTIONS.values()))
AUTO = "; `auto` takes the core's own, and Chroma or Kuzu, where installed, in processes that live long"
KEYS = {
    "vespera.storage": ("`sqlite`", "Which store to open; `distribution:name` tells those of several plugins apart."),
    "vespera.project": ("none; `init` writes it", "The project that new tasks go to unless another one is named."),
    "vespera.vectors": ("`auto`", f"Which vector index answers{AUTO}."),
    "vespera.graph": ("`auto`", f"Which graph answers{AUTO}."),
    "vespera.embedder": ("`auto`", "Which model says what texts mean; `auto` is `static`."),
    "plugins.allow": (
        "every plugin",
        "Plugins that may load, by plugin or distribution name; an empty list lets none in.",
    ),
    "plugins.block": ("none", "Plugins that are not loaded, nor imported."),
    "plugins.required": ("none", "Plugins without which nothing starts; `name>=1.0` with a version."),
}
VARIABLES = {
    "VESPERA_ACTOR": "Who acts, unless `--actor` is given. Without both it is the login name.",
    "VESPERA_DEBUG": "`1` prints the traceback of an error.",
    "VESPERA_WORKSPACE": "The folder that holds `.vespera`, exactly: nothing is looked for above it. `-C` is stronger.",
}
PROVIDER_KEYS = {
    "sqlite.path": "The file, inside `.vespera` unless it is an absolute path.",
    "sqlite.busy_seconds": "How long a writer waits for those of other processes before it gives up with `store_busy`.",
}


def configuration_page() -> str:
    lead = (
        "A workspace is configured by `.vespera/config.toml`. Environment variables are stronger than the file, and "
        "options of the command line are stronger than both. Unknown keys and tables are refused. `vespera config get` "
        "shows what is in force; `vespera config set KEY VALUE` writes one key and keeps comments."
    )
    return page("Configuration", lead, _configuration_parts())


def _configuration_parts() -> Iterator[str]:
    yield "## Keys"
    rows = [(code(key), code(variable), *KEYS[key]) for key, variable in config.KEYS.items()]
    yield table(("key", "environment variable", "default", "meaning"), rows)
    yield "Lists are TOML lists in the file, and words with commas or spaces between them in the environment."
    for kind, title in KINDS.items():
        yield f"## {title}"
        for provider in _providers(kind):
            yield from _provider(kind, provider)
    yield "## Other environment variables"
    yield table(("variable", "meaning"), [(code(name), VARIABLES[name]) for name in _other_variables()])
    yield "The list of installed plugins is cached in `$XDG_CACHE_HOME/vespera` (by default `~/.cache/vespera`)."


def _provider(kind: str, provider: Provider[Any]) -> Iterator[str]:
    yield f"### {provider.name}"
    yield provider.summary
    if provider.settings:
        yield f"In the table `[{kind}.{provider.name}]`:"
        rows = [
            (code(key), code(repr(value)), PROVIDER_KEYS[f"{provider.name}.{key}"])
            for key, value in provider.settings.items()
        ]
        yield table(("key", "default", "meaning"), rows)


def _providers(kind: str) -> Iterator[Provider[Any]]:
    """What the plugins of this repository offer of a kind."""
    for module in MODULES:
        hook = getattr(importlib.import_module(module), HOOKS[kind], None)
        answer = hook() if hook else ()
        yield from answer if isinstance(answer, Iterable) else (answer,)


def _other_variables() -> list[str]:
    """Variables that the sources read and that set no key; KeyError above reminds of describing a new one."""
    texts = [path.read_text(encoding="utf-8") for folder in SOURCES for path in sorted(folder.rglob("*.py"))]
    found = {name for text in texts for name in re.findall(r"\bVESPERA_[A-Z]+\b", text)}
    return sorted(found - set(config.KEYS.values()))
