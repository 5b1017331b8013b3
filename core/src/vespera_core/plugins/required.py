"""Holding the plugins that a configuration requires against what became of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from vespera_core.errors import ConfigError, PluginFault
from vespera_core.model.record import record
from vespera_core.plugins.hints import DISTRIBUTIONS
from vespera_core.plugins.status import PluginStatus, canonical


@record(frozen=True, slots=True)
class _Problem:
    reason: str
    next: str
    status: PluginStatus | None = None

    def as_json(self, wanted: str) -> dict[str, Any]:
        about = (
            {} if self.status is None else {"distribution": self.status.distribution, "version": self.status.version}
        )
        state = "missing" if self.status is None else self.status.status
        return {"required": wanted, **about, "status": state, "reason": self.reason, "next": self.next}


def check_required(wanted: Iterable[str], statuses: Sequence[PluginStatus]) -> None:
    """Raise PluginFault, naming all that is amiss, unless every wanted plugin is loaded in a wanted version."""
    problems = [(word, problem) for word in wanted for problem in _problems(word, statuses)]
    if problems:
        reasons = dict.fromkeys(problem.reason for _, problem in problems)
        steps = dict.fromkeys(problem.next for _, problem in problems)
        details = [problem.as_json(word) for word, problem in problems]
        raise PluginFault(f"required: {' '.join(reasons)}", next=" ".join(steps), plugins=details)


def _problems(wanted: str, statuses: Sequence[PluginStatus]) -> list[_Problem]:
    name, specifier = _parse(wanted)
    named = [one for one in statuses if one.name == name]
    loaded = [one for one in named if one.status == "loaded"]
    # Of several plugins with one name at most one is loaded, and it will do; of a distribution all have to be.
    matches = loaded or named or [one for one in statuses if canonical(one.distribution) == canonical(name)]
    if not matches:
        return [_missing(name, specifier)]
    unloaded = [_Problem(one.reason, one.next, one) for one in matches if one.status != "loaded"]
    return unloaded or [_outdated(one, specifier) for one in matches if not _meets(one.version, specifier)]


def _parse(wanted: str) -> tuple[str, str]:
    """The name and the specifier of a requirement."""
    word = wanted.strip()
    if canonical(word).replace("-", "").isalnum():
        return word, ""
    # Most configurations name plugins without versions; only others pay for this import.
    from packaging.requirements import InvalidRequirement, Requirement

    advice = "Write a name with or without versions, such as 'sql' or 'sql>=0.1'."
    try:
        requirement = Requirement(word)
    except InvalidRequirement as error:
        raise ConfigError(f"'{wanted}' in the list of required plugins is no name of a plugin.", next=advice) from error
    if requirement.marker or requirement.extras or requirement.url:
        raise ConfigError(f"'{wanted}' in the list of required plugins is more than a name and versions.", next=advice)
    return requirement.name, str(requirement.specifier)


def _meets(version: str, specifier: str) -> bool:
    if not specifier:
        return True
    from packaging.specifiers import SpecifierSet
    from packaging.version import InvalidVersion

    try:
        return SpecifierSet(specifier).contains(version, prereleases=True)
    except InvalidVersion:
        return False


def _missing(name: str, specifier: str) -> _Problem:
    distribution = DISTRIBUTIONS.get(name) or next(
        (one for one in DISTRIBUTIONS.values() if one == canonical(name)), ""
    )
    reason = f"plugin '{name}' is not installed."
    if distribution:
        target = f'"{distribution}{specifier}"' if specifier else distribution
        return _Problem(reason, f"Install it with: pip install {target}")
    # Unknown names get no command: whoever owns that name on the index need not be whom the user means.
    return _Problem(reason, f"Install the distribution that provides it, or take '{name}' out of [plugins] required.")


def _outdated(status: PluginStatus, specifier: str) -> _Problem:
    reason = f"{status.title} is loaded, but {specifier} is required."
    return _Problem(reason, f'Install it with: pip install "{status.distribution}{specifier}"', status)
