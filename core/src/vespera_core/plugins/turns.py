"""One plugin's turn at a hook: pluggy calls all implementations at once, and one that raises ends the whole call."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from types import CodeType
from typing import Any

import pluggy

from vespera_core.model.record import record
from vespera_core.plugins.status import CORE, CORE_VERSION


@record(frozen=True, slots=True)
class Turn:
    """A hook as one plugin implements it, with the wrappers of other plugins around it."""

    plugin: str
    caller: pluggy.HookCaller
    owners: Mapping[CodeType | None, str]

    def take(self, arguments: Mapping[str, Any]) -> list[tuple[str, Any]]:
        """Call it. Each answer comes with the plugin's name, None for no opinion, an Exception for a failure.

        A failure in a wrapper comes with the name of the plugin that wraps.
        """
        try:
            answer = self.caller(**arguments)
        except Exception as error:  # a plugin's fault, whatever it is, stays with the plugin
            return [(self._culprit(error), error)]
        except SystemExit as error:
            return [(self._culprit(error), RuntimeError(f"it tried to end the process with {error.code!r}"))]
        answers = answer if isinstance(answer, list) and not self._first_result() else [answer]
        return [(self.plugin, one) for one in answers] or [(self.plugin, None)]

    def _first_result(self) -> bool:
        spec = self.caller.spec
        return spec is not None and bool(spec.opts.get("firstresult"))

    def _culprit(self, error: BaseException) -> str:
        culprit = self.plugin
        traceback = error.__traceback__
        while traceback is not None:
            culprit = self.owners.get(traceback.tb_frame.f_code, culprit)
            traceback = traceback.tb_next
        return culprit


def turns(manager: pluggy.PluginManager, hook: str, order: Sequence[str]) -> list[Turn]:
    """The turns of a hook's implementers in the given order. Raises AttributeError for a hook that does not exist.

    A plugin's wrapper is around the turns of all others, unless it implements the same hook itself as well.
    """
    implementations = getattr(manager.hook, hook).get_hookimpls()
    acting = {one.plugin_name: one.plugin for one in implementations if not _wraps(one)}
    wrappers = {_code(one): one.plugin_name for one in implementations if _wraps(one)}
    made = []
    for name in (name for name in order if name in acting):
        others = [plugin for other, plugin in acting.items() if other != name]
        own = {_code(one): name for one in implementations if one.plugin_name == name}
        made.append(Turn(name, manager.subset_hook_caller(hook, others), {**wrappers, **own}))
    return made


class Misfit(ImportError):
    """A plugin does not fit the hooks of this core: as if its module could not be imported beside it."""


def misfits_of(manager: pluggy.PluginManager, plugin: object) -> list[str]:
    """What of a plugin does not fit the hooks of this core, in words that name no path of this machine."""
    return [
        misfit
        for name in dir(plugin)
        if (options := manager.parse_hookimpl_opts(plugin, name)) is not None
        and not options.get("optionalhook")
        and (misfit := _misfit(manager, options.get("specname") or name, getattr(plugin, name)))
    ]


def _misfit(manager: pluggy.PluginManager, hook: str, function: Any) -> str | None:
    spec = getattr(getattr(manager.hook, hook, None), "spec", None)
    if spec is None:
        return f"it implements the hook '{hook}', which {CORE} {CORE_VERSION} does not have"
    wanted = [one.name for one in inspect.signature(function).parameters.values() if one.default is one.empty]
    unknown = [name for name in wanted if name not in {*spec.argnames, *spec.kwargnames}]
    if not unknown:
        return None
    known = ", ".join([*spec.argnames, *spec.kwargnames]) or "nothing"
    return f"its {hook} asks for {', '.join(unknown)}, but the hook is called with {known}"


def check_arguments(manager: pluggy.PluginManager, hook: str, arguments: Mapping[str, Any]) -> None:
    """Raise TypeError where a call does not fit the hook's specification: the caller's fault, no plugin's."""
    spec = getattr(manager.hook, hook).spec
    unknown = set(arguments) - {*spec.argnames, *spec.kwargnames}
    missing = set(spec.argnames) - set(arguments)
    if unknown or missing:
        raise TypeError(f"{hook} is called with unknown {sorted(unknown)} and without {sorted(missing)}")


def _code(implementation: pluggy.HookImpl) -> CodeType | None:
    return getattr(implementation.function, "__code__", None)


def _wraps(implementation: pluggy.HookImpl) -> bool:
    return bool(implementation.wrapper or implementation.hookwrapper)
