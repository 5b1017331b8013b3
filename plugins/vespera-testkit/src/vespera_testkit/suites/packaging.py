"""The suite of plugins: what every one keeps, whatever it offers."""

from __future__ import annotations

import inspect
import json
import pickle
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from importlib.metadata import distribution
from typing import Any, ClassVar, Final, NamedTuple

import click
import pytest
import tomlkit
from packaging.requirements import Requirement
from packaging.version import Version

from vespera_core.app.config import Settings, provider_settings
from vespera_core.app.inputs import hints_of
from vespera_core.app.operations import builtin_operations
from vespera_core.cli.root import TABLE
from vespera_core.errors import ConfigError, PluginFault
from vespera_core.plugins.loader import load_plugin
from vespera_core.plugins.registry import KINDS
from vespera_core.plugins.status import CORE, CORE_VERSION, Found, PluginStatus, canonical
from vespera_core.ports.capabilities import CAPABILITIES
from vespera_core.ports.format import Format
from vespera_core.ports.operation import Operation, resolve
from vespera_core.ports.provider import Provider
from vespera_core.ports.roles import RoleTemplates
from vespera_core.ports.service import Service, ServiceProvider
from vespera_core.ports.transport import Transport
from vespera_testkit.conformance import Conformance
from vespera_testkit.offers import Offer, loaded
from vespera_testkit.world.cold import COLLECTING, Cold, cold_start
from vespera_testkit.world.speech import unspeakable

OTHER_TYPES: Final = {
    "vespera_services": ServiceProvider, "vespera_formats": Format, "vespera_transports": Transport,
    "vespera_operations": Operation, "vespera_role_templates": RoleTemplates,
}  # fmt: skip
"""What hooks collect that do not collect providers."""


HEAVY: Final = (
    "aiohttp", "alembic", "boto3", "botocore", "chromadb", "cryptography", "faiss", "fastapi", "google", "grpc",
    "hnswlib", "httpx", "kuzu", "ladybug", "matplotlib", "mcp", "neo4j", "networkx", "numpy", "onnxruntime",
    "openai", "opentelemetry", "pandas", "psycopg", "psycopg2", "pydantic", "requests", "rustworkx", "scipy",
    "sentence_transformers", "sklearn", "sqlalchemy", "sqlite_vec", "starlette", "tensorflow", "tokenizers",
    "torch", "transformers", "urllib3", "usearch", "uvicorn",
)  # fmt: skip
"""What no plugin loads before it is used."""


class Item(NamedTuple):
    """Something that a plugin offers, and the hook that collected it."""

    hook: str
    item: Any

    @property
    def kind(self) -> str:
        """The kind, as configurations have it; the hook's own word where it is not chosen by name."""
        return next((kind for kind, hook in KINDS.items() if hook == self.hook), self.hook.removeprefix("vespera_"))


def items_of(plugin: str) -> list[Item]:
    """All that a plugin offers."""
    return [Item(hook, one) for hook in COLLECTING for name, one in loaded().collect(hook) if name == plugin]


def names_of_core(hook: str) -> set[str]:
    """The names that what ships inside the core has taken."""
    names = {one.name for one in loaded().statuses if one.distribution == CORE}
    return {item.name for plugin, item in loaded().collect(hook) if plugin in names}


class PluginConformance(Conformance):
    """What every plugin keeps. `plugin` is the name of its entry point.

    >>> class TestAcme(PluginConformance):  # doctest: +SKIP
    ...     plugin = "acme"
    """

    kind: ClassVar[str] = "plugin"
    plugin: ClassVar[str] = ""
    """The entry point's name."""

    heavy: ClassVar[tuple[str, ...]] = ()
    """Further modules that cost much: importing the plugin, and asking what it offers, must load none of them."""

    @classmethod
    def offer(cls) -> Offer:
        """The plugin's status, as the item. Raises PluginFault where no plugin of that name is installed."""
        assert cls.plugin, f"{cls.__name__} names no plugin: write plugin = '...', the name of its entry point."
        known = [one for one in loaded().statuses if one.name == cls.plugin]
        if not known:
            names = ", ".join(one.name for one in loaded().statuses if one.distribution != CORE)
            raise PluginFault(
                f"plugin '{cls.plugin}' is not installed here; installed: {names or 'none'}.",
                next="Install the distribution, and look at the group 'vespera.plugins' of its entry points.",
            )
        return Offer(known[0].name, known[0].distribution, known[0].version, known[0])

    @classmethod
    def title(cls) -> str:
        """The plugin's name."""
        return cls.plugin

    @pytest.fixture
    def status(self) -> PluginStatus:
        """What became of the plugin."""
        found: PluginStatus = self.offer().item
        return found

    @pytest.fixture
    def items(self, status: PluginStatus) -> list[Item]:
        """All that the plugin offers."""
        return items_of(status.name)

    @pytest.fixture
    def operations(self, items: list[Item]) -> list[Operation]:
        """The operations that it adds to the table."""
        return [one.item for one in items if one.hook == "vespera_operations"]

    @pytest.fixture
    def cold(self, status: PluginStatus) -> Cold:
        """Its first minute in a process of its own."""
        return cold_start(status.name)

    # ------------------------------------------------------------ the distribution

    def test_the_core_is_required_in_a_range(self, status: PluginStatus) -> None:
        """The metadata states which versions of the core it is for; the running one is among them, and there is an end.

        If this fails: write `dependencies = ["vespera-core>=0.1,<0.2"]`. Without an end, a later core would load it.
        """
        stated = [Requirement(line) for line in distribution(status.distribution).requires or []]
        ranges = [one for one in stated if canonical(one.name) == CORE and one.marker is None]
        assert len(ranges) == 1, f"{status.distribution} requires {CORE} {len(ranges)} times"
        assert ranges[0].specifier.contains(CORE_VERSION, prereleases=True)
        assert {one.operator for one in ranges[0].specifier} & {"<", "<=", "~=", "==", "==="}

    def test_the_version_is_one(self, status: PluginStatus) -> None:
        """Its version can be compared, so that a configuration can require ``name>=1.0``."""
        assert str(Version(status.version))

    def test_it_is_loaded(self, status: PluginStatus) -> None:
        """It is imported and registered, every implementation fits its hook, and no hook has failed since."""
        known = {one.name: one for one in loaded().statuses}
        assert known[status.name].status == "loaded", known[status.name].reason

    def test_every_implementation_is_marked(self, status: PluginStatus) -> None:
        """Every function with the prefix of hooks is one that is called, and there is at least one.

        If this fails: the function lacks `@hookimpl`.
        """
        plugin = load_plugin(Found(status.name, status.module, status.distribution, status.version))
        written = {name for name in dir(plugin) if name.startswith("vespera_")}
        assert status.hooks
        assert {name for name in written if inspect.isroutine(getattr(plugin, name))} <= set(status.hooks)

    # ------------------------------------------------------------ block and unblock, and what it costs

    def test_blocked_it_is_not_imported(self, status: PluginStatus, cold: Cold) -> None:
        """With its name in VESPERA_BLOCK nothing of it runs: people block what does harm when it is imported."""
        module = status.module.partition(":")[0].strip()
        assert cold.blocked == "blocked"
        assert module not in cold.before

    def test_unblocked_it_is_back(self, status: PluginStatus, cold: Cold) -> None:
        """In the same process, without the word in VESPERA_BLOCK, it loads."""
        assert cold.loaded == "loaded"
        assert status.module.partition(":")[0].strip() in cold.before | cold.by_loading

    def test_importing_it_loads_nothing_heavy(self, cold: Cold) -> None:
        """Every run of `vespera` imports it, most of which have no use for it.

        If this fails: import the engine in the function that opens it.
        """
        assert self.heavy_ones(cold.by_loading) == []

    def test_saying_what_it_offers_loads_nothing_heavy(self, cold: Cold) -> None:
        """Describing is cheap: a descriptor names what opens the engine, and `open` imports it."""
        assert self.heavy_ones(cold.by_offering) == []

    def heavy_ones(self, modules: frozenset[str]) -> list[str]:
        """Those of some modules that cost much."""
        return sorted(
            name for name in (*HEAVY, *self.heavy) if any(f"{one}.".startswith(f"{name}.") for one in modules)
        )

    # ------------------------------------------------------------ what it offers

    def test_what_collects_answers(self, status: PluginStatus) -> None:
        """Each of its hooks that collects can be called, and answers things of the hook's kind."""
        for hook in COLLECTING:
            for name, answer in loaded().call_each(hook):
                assert name != status.name or not isinstance(answer, Exception), (hook, answer)
        for one in items_of(status.name):
            assert isinstance(one.item, OTHER_TYPES.get(one.hook, Provider)), one

    def test_answers_are_the_same_each_time(self, items: list[Item], status: PluginStatus) -> None:
        """A hook may be called again: in the same process it offers the same."""
        assert [described(one) for one in items] == [described(one) for one in items_of(status.name)]

    def test_names_can_be_written_in_a_configuration(self, items: list[Item]) -> None:
        """A name is a word; before a colon stands the distribution."""
        for one in items:
            assert isinstance(one.item.name, str), one
            assert one.item.name.isprintable(), one
            assert one.item.name, one
            assert not set(one.item.name) & set(" :'\"\\"), one

    def test_names_are_its_own(self, items: list[Item]) -> None:
        """No two of a kind have one name, and none has a name of what ships with the core."""
        counts = Counter((one.hook, one.item.name) for one in items)
        assert [key for key, count in counts.items() if count > 1] == []
        for one in items:
            assert one.item.name not in names_of_core(one.hook), f"the core has a {one.kind} {one.item.name!r}"

    def test_everything_has_a_summary(self, items: list[Item]) -> None:
        """One line that says what it is, for the lists in which it is shown."""
        for one in items:
            assert one.item.summary.strip(), one
            assert "\n" not in one.item.summary, one

    def test_capabilities_are_known_words(self, items: list[Item]) -> None:
        """Each is a promise that is written down for its kind, so that it can be held to it."""
        for one in items:
            known = CAPABILITIES.get(one.kind, {})
            assert set(getattr(one.item, "capabilities", ())) <= set(known), f"{one.kind} knows {', '.join(known)}"

    def test_an_isolated_one_can_be_sent_to_a_child(self, items: list[Item]) -> None:
        """Its `open` is a function at the top of its module, which another process finds by its name."""
        for one in items:
            if getattr(one.item, "isolated", False):
                assert pickle.loads(pickle.dumps(one.item.open)) is one.item.open  # noqa: S301 - made right here

    # ------------------------------------------------------------ settings

    def test_settings_are_what_a_configuration_can_hold(self, items: list[Item]) -> None:
        """Every default survives JSON and TOML, so that people can write it out and programs can read it.

        If this fails: TOML has no null; let "" or 0 stand for "not set", or leave the key to a default of another type.
        """
        for _, name, defaults in tables_of(items):
            assert json.loads(json.dumps(defaults, allow_nan=False)) == defaults, name
            assert tomllib.loads(tomlkit.dumps(defaults)) == defaults, name

    def test_unknown_settings_are_refused(self, items: list[Item]) -> None:
        """A slip in a key is told with the keys that there are, and never passed over."""
        for one in items:
            if isinstance(one.item, (Provider, Transport)):
                given = {one.kind: {one.item.name: {"no such key": 1}}}
                with pytest.raises(ConfigError, match="no such key"):
                    provider_settings(one.item, Settings(providers=given), one.kind)

    # ------------------------------------------------------------ operations and commands

    def test_operations_have_names_of_their_own(self, operations: list[Operation]) -> None:
        """``noun.verb``: with a dot, by which transports group them, and none that the core has taken."""
        taken = {one.name for one in builtin_operations()}
        for one in operations:
            noun, _, verb = one.name.partition(".")
            assert noun.isidentifier(), one.name
            assert verb.isidentifier(), one.name
            assert one.name not in taken, f"the core has an operation {one.name}"

    def test_operations_can_be_judged(self, operations: list[Operation]) -> None:
        """Each declares an action, by which policies allow it, and whether it reads or writes."""
        for one in operations:
            assert one.action.strip(), one.name
            assert one.kind in ("read", "write", "service"), one.name

    def test_operations_lead_to_what_they_name(self, operations: list[Operation]) -> None:
        """Input, output and handler are there; the handler takes what the kind of operation gives it."""
        for one in operations:
            assert is_dataclass(resolve(one.input)), one.input
            assert hints_of(resolve(one.input)) is not None
            given = 3 if one.kind == "service" else 2
            if one.around is None:
                inspect.signature(resolve(one.handler)).bind(*range(given))
            else:
                inspect.signature(resolve(one.around)).bind(*range(4))
                assert callable(resolve(one.handler))

    def test_operations_answer_in_json(self, operations: list[Operation]) -> None:
        """The output is a dataclass of values that every transport can say."""
        for one in operations:
            assert is_dataclass(resolve(one.output)), one.output
            assert list(unspeakable(resolve(one.output), one.name)) == []

    def test_commands_take_no_name_that_ships(self, status: PluginStatus, items: list[Item]) -> None:
        """What it adds to the command line is new, and has a help text."""
        added = [resolve(one.item.command) for one in items if isinstance(one.item, Transport)]
        names = {str(one.name) for one in added} | (commands := commands_of(status.name)).keys()
        assert names & set(TABLE) == set()
        for command in (*added, *commands.values()):
            assert isinstance(command, click.Command)
            assert command.get_short_help_str(), command.name


def described(one: Item) -> dict[str, Any]:
    """What is told of something that is offered: all but the functions that it is made by."""
    facts = {spec.name: getattr(one.item, spec.name) for spec in fields(one.item)}
    return {"hook": one.hook, **{name: value for name, value in facts.items() if not callable(value)}}


def tables_of(items: list[Item]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """The tables of a configuration that a plugin knows: kind, name and defaults."""
    for one in items:
        settings = getattr(one.item, "settings", None)
        if isinstance(one.item, ServiceProvider):
            service: type[Service] = resolve(one.item.service)
            settings = service.defaults
        if isinstance(settings, Mapping):
            yield one.kind, one.item.name, dict(settings)


def commands_of(plugin: str) -> dict[str, click.Command]:
    """What a plugin adds to an empty command line."""
    group = click.Group()
    added: dict[str, click.Command] = {}
    for name, _ in loaded().call_each("vespera_register_commands", cli=group):
        if name == plugin:
            added = dict(group.commands)
        group.commands.clear()
    return added
