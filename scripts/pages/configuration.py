"""The page of configuration."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterable, Iterator
from typing import Any

from pages.words import ROOT, code, page, table
from vespera_core.app import config
from vespera_core.app.search.state import DEFAULTS as SEARCH
from vespera_core.builtin.services import SERVICES, event_service
from vespera_core.plugins.hints import DISTRIBUTIONS
from vespera_core.plugins.registry import KINDS as HOOKS
from vespera_core.ports.operation import resolve
from vespera_core.ports.provider import Provider

SOURCES = (ROOT / "core" / "src", *sorted(ROOT.glob("plugins/*/src")))

KINDS = {
    "storage": "Stores", "embedder": "Embedders", "vectors": "Vector indexes", "graph": "Graphs", "keys": "Keys",
    "transport": "Transports",
}  # fmt: skip
MODULES = ("vespera_core.builtin.plugin", *(f"{name.replace('-', '_')}.plugin" for name in DISTRIBUTIONS.values()))
AUTO = "; `auto` takes the core's own, and Chroma or Kuzu, where installed, in processes that live long"
KEYS = {
    "vespera.storage": ("`sqlite`", "Which store to open; `distribution:name` tells those of several plugins apart."),
    "vespera.project": ("none; `init` writes it", "The project that new tasks go to unless another one is named."),
    "vespera.vectors": ("`auto`", f"Which vector index answers{AUTO}."),
    "vespera.graph": ("`auto`", f"Which graph answers{AUTO}."),
    "vespera.keys": ("`file`", "Where the keys are kept that encrypt and sign."),
    "vespera.embedder": ("`auto`", "Which model says what texts mean; `auto` is `static`."),
    "roles.set": (
        "none; `role use` writes it",
        "The set of role templates in force; without one, and without role files, any plain word is a role.",
    ),
    "plugins.allow": (
        "every plugin",
        "Plugins that may load, by plugin or distribution name; an empty list lets none in.",
    ),
    "plugins.block": ("none", "Plugins that are not loaded, nor imported."),
    "plugins.required": ("none", "Plugins without which nothing starts; `name>=1.0` with a version."),
}
VARIABLES = {
    "VESPERA_ACTOR": "Who acts, unless `--actor` is given. Without both it is the login name.",
    "VESPERA_CRASH_POINT": "For tests alone: where a process that feeds an index ends itself.",
    "VESPERA_DEBUG": "`1` prints the traceback of an error.",
    "VESPERA_ENCRYPTION_KEYS": "Where keys come from the environment: those that encrypt, as Base64, newest first.",
    "VESPERA_FENCE": "Told to a command that a worker runs: the fence of its claim, for writes of its own.",
    "VESPERA_ROLE": "The role that the caller works in: what it forbids is refused. A worker tells it to its commands.",
    "VESPERA_RUN_ID": "Told to a command that a worker runs: its run.",
    "VESPERA_SIGNING_KEYS": "Where keys come from the environment: those that sign tokens, as Base64, newest first.",
    "VESPERA_TASK_ID": "Told to a command that a worker runs: its task.",
    "VESPERA_TRACE_PLUGINS": "`1` writes a line about every call of a hook to standard error.",
    "VESPERA_WORKSPACE": "The folder that holds `.vespera`, exactly: nothing is looked for above it. `-C` is stronger.",
}
PROVIDER_KEYS = {
    "sqlite.path": "The file, inside `.vespera` unless it is an absolute path.",
    "sqlite.busy_seconds": "How long a writer waits for those of other processes before it gives up with `store_busy`.",
    "sqlite.cache_mb": "Memory for pages of the file, at most, for each connection: more makes cold filters quicker.",
    "sentence-transformers.model": "A folder with a model, or the name of an installed package that holds one.",
    "sentence-transformers.device": "`cpu`, `cuda` or `mps`; `auto` takes the best that is there.",
    "sentence-transformers.batch": "How many texts the model sees at once.",
    "chroma.url": "The address of a Chroma server, `http://host:port`; empty keeps the index in the workspace.",
    "chroma.ef_construction": "How widely neighbours are sought while the index grows: better recall, slower building.",
    "chroma.max_neighbors": "How many neighbours a vector is linked to: better recall, more memory.",
    "chroma.ef_search": "How widely neighbours are sought when asked; 200 finds 99 of 100.",
    "kuzu.engine": "`kuzu` or its fork `ladybug`; `auto` takes the one that is installed.",
    "kuzu.buffer_pool_mb": "Memory for pages; without a bound the engine would take most of what there is.",
    "kuzu.max_db_mb": "The most that the graph may grow to; the engine reserves so much address space.",
    "kuzu.threads": "Threads for a query.",
    "kuzu.query_timeout_seconds": "When a query of `vespera graph query` is given up.",
    "rest.auth": "`open`: whoever reaches it from this machine is its owner; `token`: everybody has to show one.",
    "rest.hosts": "Names, besides those of this machine, under which the server is reached.",
    "rest.origins": "Pages of other sites that may call it, such as `https://board.example.org`.",
    "rest.metrics": "Who may read `/metrics`: `open` everybody, `token` who shows one, `off` nobody; `auto` as `auth`.",
    "rest.otlp": "The address that traces are sent to by OTLP over HTTP.",
    "rest.log_format": "`text` or `json`.",
    "rest.log_level": "`debug`, `info` (a line for each request), `warning` or `error`.",
    "rest.limit_reads": "Reads that a caller may ask for, such as `600/minute`; empty for no limit.",
    "rest.limit_writes": "The same for writes.",
    "rest.limit_searches": "The same for searches.",
    "rest.limit_analyses": "The same for graph analyses and reports.",
    "rest.limit_sign_ins": "Credentials that are refused, by address.",
    "rest.header_seconds": "How long the head of a request may take.",
    "rest.body_rate": "Bytes that a body has to bring in a second.",
    "rest.connections": "Connections at a time.",
    "rest.import_megabytes": "How big a file may be that is sent to be imported.",
    "rest.live_connections": "How many of them may follow events.",
    "rest.live_connections_per_caller": "The same for one caller.",
    "mcp.auth": "For `vespera mcp --http`, as above; where `vespera serve` carries it, `[transport.rest]` counts.",
    "mcp.hosts": "The same.",
    "mcp.origins": "The same.",
    "mcp.toolsets": "Sets of tools over HTTP: `core`, `search`, `graph`, `roles`, `admin`, with commas; or `all`.",
    "mcp.read_only": "Whether only tools are offered over HTTP that change nothing.",
}
SERVICE_KEYS = {
    "interval": "Seconds between the starts of two runs.",
    "batch_size": "How many entities are taken at once.",
    "workers": "Threads that embed.",
    "compare_every": "Seconds between two comparisons of an index with the store.",
    "grace_seconds": "How long a lease must have lapsed.",
    "read_ms": "A read that takes longer makes health degraded.",
    "begin_ms": "Waiting longer for the right to write makes health degraded.",
    "lag": "More events behind make health degraded.",
    "memory_mb": "More memory of this process makes health degraded.",
    "log_mb": "A longer write-ahead log makes health degraded.",
    "free_mb": "Less space on the disk makes health degraded.",
}
SEARCH_KEYS = {"wait_seconds": "How long a search waits for vectors of what has just been written."}


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
    yield "## Search"
    yield "In the table `[search]`:"
    rows = [(code(key), code(repr(value)), SEARCH_KEYS[key]) for key, value in SEARCH.items()]
    yield table(("key", "default", "meaning"), rows)
    yield "## Services"
    yield "In the table `[service.NAME]`, or for good with `vespera services configure NAME KEY=VALUE`:"
    yield table(("service", "what it does", "key", "default", "meaning"), list(_services()))
    yield "## Plugins"
    yield (
        "What plugins are set to beside what they offer stands in the table `[plugin.NAME]`; their own documents say "
        "what they know."
    )
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


def _services() -> Iterator[tuple[str, ...]]:
    for service in (*SERVICES, event_service("PLUGIN", "a plugin")):
        for key, value in resolve(service.service).defaults.items():
            yield code(service.name), service.summary, code(key), code(repr(value)), SERVICE_KEYS[key]


def _other_variables() -> list[str]:
    """Variables that the sources read and that set no key; KeyError above reminds of describing a new one."""
    texts = [path.read_text(encoding="utf-8") for folder in SOURCES for path in sorted(folder.rglob("*.py"))]
    found = {name for text in texts for name in re.findall(r"\bVESPERA_[A-Z_]+\b", text)}
    return sorted(found - set(config.KEYS.values()))
