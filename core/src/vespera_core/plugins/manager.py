"""The loaded plugins and the calling of their hooks: the only owner of a pluggy manager."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

import pluggy

from vespera_core import hookspecs
from vespera_core.plugins import texts
from vespera_core.plugins.choose import choose
from vespera_core.plugins.loader import discover as find
from vespera_core.plugins.loader import load_plugin
from vespera_core.plugins.status import CORE, CORE_VERSION, Found, PluginStatus
from vespera_core.plugins.tracing import tracer_of_environment
from vespera_core.plugins.turns import Misfit, Turn, check_arguments, misfits_of, turns


class Plugins:
    """The plugins of one application. Nothing is global: every application, and every test, loads its own."""

    def __init__(self) -> None:
        self._manager = pluggy.PluginManager(hookspecs.PROJECT_NAME)
        self._manager.add_hookspecs(hookspecs)
        self._refused: list[PluginStatus] = []
        self._registered: dict[str, PluginStatus] = {}
        self._turns: dict[str, list[Turn]] = {}
        self._checked: set[tuple[str, ...]] = set()
        self._tracer = tracer_of_environment()

    @classmethod
    def load(
        cls,
        *,
        builtins: Sequence[tuple[str, str]] = (),
        allow: Collection[str] | None = None,
        block: Collection[str] = (),
        discover: bool = True,
        rescan: bool = False,
        extra: Sequence[Found] = (),
    ) -> Plugins:
        """Load the built-ins, given as (name, module), in their order, then the installed plugins by name.

        `allow` and `block` hold names of plugins or of distributions; `allow` None stands for all, an empty one for
        none, and neither touches built-ins. `discover` False leaves installed plugins out, `rescan` passes over the
        cache, and `extra` are plugins that are not installed but can be imported. No plugin's fault raises: look at
        `statuses`, or call `require`.
        """
        plugins = cls()
        for name, module in builtins:
            plugins._admit(Found(name, module, CORE, CORE_VERSION))
        found = [*(find(rescan=rescan) if discover else []), *extra]
        names = {name for name, _ in builtins}
        chosen, refused = choose(found, builtin=names, allow=allow, block=block)
        plugins._refused += refused
        for one in chosen:
            plugins._admit(one)
        return plugins

    @property
    def statuses(self) -> list[PluginStatus]:
        """One status per plugin: built-ins first, then all others by name and distribution."""
        known = [*self._registered.values(), *self._refused]
        # Sorting is stable, so built-ins keep the order in which they were given.
        return sorted(known, key=lambda one: ("", "") if one.distribution == CORE else (one.name, one.distribution))

    def status(self, name: str) -> PluginStatus:
        """The status of a registered plugin. Raises KeyError for any other."""
        return self._registered[name]

    def implements(self, hook: str) -> bool:
        """Whether any registered plugin implements the hook. Raises AttributeError for a hook that does not exist."""
        return bool(self._turns_of(hook))

    def implementers(self, hook: str) -> tuple[str, ...]:
        """The names of the plugins that implement the hook, in the order of their calls."""
        return tuple(turn.plugin for turn in self._turns_of(hook))

    def call_each(self, hook: str, **arguments: Any) -> Iterator[tuple[str, Any]]:
        """Call a hook plugin by plugin: pairs of a plugin's name and its answer, or the Exception that it raised.

        None is "no opinion". The order is that of loading; no status changes, since raising may be the plugin's way
        of saying no: call `fail` where it is not. Raises TypeError for arguments that the hook does not have.
        """
        self._check(hook, arguments)
        for turn in self._turns_of(hook):
            yield from self._take(turn, hook, arguments)

    def call_one(self, plugin: str, hook: str, **arguments: Any) -> list[tuple[str, Any]]:
        """Call a hook as one plugin implements it: as `call_each`, and nothing where it does not."""
        self._check(hook, arguments)
        return [pair for turn in self._turns_of(hook) if turn.plugin == plugin
                for pair in self._take(turn, hook, arguments)]  # fmt: skip

    def collect(self, hook: str, **arguments: Any) -> list[tuple[str, Any]]:
        """Every item that plugins contribute to a hook, with the plugin's name.

        A plugin may answer one item, an iterable of items, or None. One that raises, even while its answer is being
        iterated, contributes nothing, and its status becomes ``failed``.
        """
        items: list[tuple[str, Any]] = []
        for name, answer in self.call_each(hook, **arguments):
            try:
                items += [(name, item) for item in _items(answer)]
            except (Exception, SystemExit) as error:
                self.fail(name, hook, error)
        return items

    def fail(self, name: str, hook: str, error: BaseException) -> PluginStatus:
        """Record that a registered plugin failed in a hook, and return its new status. The plugin stays registered."""
        self._registered[name] = texts.failed_in_hook(self._registered[name], hook, error)
        return self._registered[name]

    def require(self, wanted: Iterable[str]) -> None:
        """Make sure that plugins are loaded: names of plugins or distributions, ``name>=1.0`` with a specifier.

        Raises PluginFault, which names every plugin that is not, why, and what to do, and ConfigError for a word that
        is no such name.
        """
        # Most configurations require nothing, and most runs of the command then need none of this.
        from vespera_core.plugins.required import check_required

        check_required(wanted, self.statuses)

    def _admit(self, found: Found) -> None:
        try:
            plugin = load_plugin(found)
        except (Exception, SystemExit) as error:
            self._refused.append(texts.failed_to_load(found, error))
            return
        try:
            self._registered[found.name] = texts.loaded(found, self._register(found.name, plugin))
        except Exception as error:
            self._refused.append(texts.failed_to_register(found, error))

    def _register(self, name: str, plugin: object) -> tuple[str, ...]:
        """Register one plugin and return its hooks; where it does not fit, the manager is as it was before."""
        hash(plugin)  # pluggy keeps plugins in sets: found out later, it would break the calls of all others
        # Before pluggy sees it: a hook without a specification would stay behind in the manager.
        if misfits := misfits_of(self._manager, plugin):
            raise Misfit("; ".join(misfits))
        self._manager.register(plugin, name)
        return tuple(sorted(caller.name for caller in self._manager.get_hookcallers(plugin) or ()))

    def _check(self, hook: str, arguments: Mapping[str, Any]) -> None:
        if (call := (hook, *arguments)) not in self._checked:
            check_arguments(self._manager, hook, arguments)
            self._checked.add(call)

    def _take(self, turn: Turn, hook: str, arguments: Mapping[str, Any]) -> list[tuple[str, Any]]:
        if self._tracer is None:
            return turn.take(arguments)
        return self._tracer(hook, turn.plugin, lambda: turn.take(arguments))

    def _turns_of(self, hook: str) -> list[Turn]:
        if hook not in self._turns:
            self._turns[hook] = turns(self._manager, hook, list(self._registered))
        return self._turns[hook]


def _items(answer: Any) -> list[Any]:
    if isinstance(answer, Exception):
        raise answer
    if isinstance(answer, (str, bytes, Mapping)) or not isinstance(answer, Iterable):
        return [] if answer is None else [answer]
    return [item for item in answer if item is not None]
