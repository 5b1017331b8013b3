"""The words for what became of a plugin: every reason and every next step is written here, once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from vespera_core.errors import VesperaError
from vespera_core.plugins.status import CORE, CORE_VERSION, Found, PluginStatus, State


def loaded(found: Found, hooks: tuple[str, ...]) -> PluginStatus:
    """The status of a plugin that takes part."""
    return _status(found, "loaded", hooks=hooks)


def found_only(found: Found) -> PluginStatus:
    """The status of a plugin that nothing speaks against as far as its metadata goes."""
    return _status(found, "found")


def without_module(found: Found, root: Path) -> PluginStatus:
    """The status of a plugin whose distribution lacks the module that its entry point names."""
    module = found.module.partition(":")[0].strip()
    reason = f"{found.title} failed to load: {root} has no module '{module}'."
    step = f", or add {module}.py" if module.replace(".", "_").isidentifier() else ""
    return _status(found, "failed", reason, f"Name the module that implements the hooks{step}.")


def without_range(found: Found) -> str:
    """Advice for a plugin that would be loaded by a core that it was never tried with."""
    return f"{found.origin} sets no upper bound on {CORE}: state a range such as >=0.1,<0.2."


def without_requirements(found: Found) -> str:
    """Advice for a project whose requirements are not written in it."""
    return f"{found.origin} computes its requirements when it is built: check its wheel, to have them judged."


def also_offered(title: str, origin: str) -> str:
    """What is said of a name that two offer."""
    is_operation = title.startswith("operation ")  # in a table where each name is one
    outcome = "no workspace opens beside both" if is_operation else "whoever installs both has to choose"
    return f"{title} is offered by {origin} too: {outcome}."


def blocked(found: Found, word: str) -> PluginStatus:
    """The status of a plugin that the list of blocked names holds, as `word`."""
    reason = f"{found.title} is blocked by '{word}'."
    return _status(found, "blocked", reason, f"Take '{word}' out of VESPERA_BLOCK or [plugins] block to load it.")


def not_allowed(found: Found) -> PluginStatus:
    """The status of a plugin that is absent from the list of allowed names."""
    reason = f"{found.title} is not on the list of allowed plugins."
    step = f"Add '{found.name}' to VESPERA_PLUGINS or [plugins] allow to load it."
    return _status(found, "blocked", reason, step)


def incompatible(found: Found) -> PluginStatus:
    """The status of a plugin whose own metadata refuses the running core."""
    reason = f"{found.origin} needs {CORE}{found.requires}, running {CORE_VERSION}: not loaded."
    step = f"Install a release of {found.distribution} for {CORE} {CORE_VERSION}, or {_block(found)}."
    return _status(found, "incompatible", reason, step)


def conflict(found: Found, rivals: Sequence[Found]) -> PluginStatus:
    """The status of a plugin that shares its name with others, itself among the `rivals`."""
    origins = _listed([one.origin for one in rivals])
    choices = [f"VESPERA_BLOCK={name}" for name in sorted({one.distribution for one in rivals})]
    reason = f"plugin name '{found.name}' is used by {origins}: none of them is loaded."
    if len(choices) == 1:
        return _status(found, "conflict", reason, f"Ask the authors of {found.distribution} to rename one of the two.")
    return _status(found, "conflict", reason, f"Keep one by blocking the distribution of the other: {_ored(choices)}.")


def shadows_builtin(found: Found) -> PluginStatus:
    """The status of a plugin that bears the name of a built-in one."""
    reason = f"plugin name '{found.name}' is used by {found.origin} and built into {CORE} {CORE_VERSION}: not loaded."
    step = f"Ask the authors of {found.distribution} for another name, or block it with "
    return _status(found, "conflict", reason, f"{step}VESPERA_BLOCK={found.distribution}.")


def failed_to_load(found: Found, error: BaseException) -> PluginStatus:
    """The status of a plugin whose import went wrong."""
    reason = f"{found.title} failed to load: {explain(error)}."
    return _status(found, "failed", reason, f"Reinstall it, or {_block(found)}.")


def failed_to_register(found: Found, error: BaseException) -> PluginStatus:
    """The status of a plugin that does not fit the hooks of this core."""
    reason = f"{found.title} failed to register: {explain(error)}."
    step = f"Install a release of {found.distribution} for {CORE} {CORE_VERSION}, or {_block(found)}."
    return _status(found, "failed", reason, step)


def failed_in_hook(status: PluginStatus, hook: str, error: BaseException) -> PluginStatus:
    """The status of a registered plugin after it raised, or answered nonsense, in a hook."""
    found = Found(status.name, status.module, status.distribution, status.version)
    reason = f"{status.title} failed in {hook}: {explain(error)}."
    step = f"Report it to the authors of {status.distribution}, or {_block(found)}."
    return _status(found, "failed", reason, step, status.hooks)


def failed_at_event(status: PluginStatus, event: str, error: BaseException) -> tuple[str, str]:
    """What is said of a plugin that raised when it was told of an event, and what to do."""
    found = Found(status.name, status.module, status.distribution, status.version)
    step = f"Report it to the authors of {status.distribution}, or {_block(found)}."
    if isinstance(error, VesperaError):
        return f"{status.title} could not take {event}: {error.message}", error.next or step
    return f"{status.title} could not take {event}: {explain(error)}.", step


def explain(error: BaseException) -> str:
    """An error as part of a sentence: one line, without its full stop, with its type unless it is a failed import."""
    text = " ".join(str(error).split()).rstrip(".")
    if isinstance(error, ImportError) and text:
        return text
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _status(found: Found, status: State, reason: str = "", step: str = "", hooks: tuple[str, ...] = ()) -> PluginStatus:
    if found.distribution == CORE and step:
        # What ships with the core cannot be blocked.
        step = f"Reinstall {CORE}; if that does not help, report it."
    return PluginStatus(found.name, found.distribution, found.version, found.module, status, reason, step, hooks)


def _block(found: Found) -> str:
    return f"block it with VESPERA_BLOCK={found.name}"


def _listed(words: list[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _ored(words: list[str]) -> str:
    return " or ".join([", ".join(words[:-1]), words[-1]])
