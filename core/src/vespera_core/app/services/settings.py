"""Settings of services: their own defaults, then the file's `[service.NAME]`, then what was set while running."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from vespera_core.errors import ConfigError, InvalidInput
from vespera_core.ports.operation import resolve
from vespera_core.ports.service import Service, ServiceProvider

if TYPE_CHECKING:
    from vespera_core.app.kernel import Kernel


def service_class(provider: ServiceProvider) -> type[Service]:
    """The class behind a provider. Raises ConfigError for one that is no service."""
    found = resolve(provider.service)
    if not (isinstance(found, type) and issubclass(found, Service)):
        raise ConfigError(f"The service {provider.name!r} is {provider.service}, which is no Service class.")
    return found


def settings_of(kernel: Kernel, provider: ServiceProvider, configured: Mapping[str, Any]) -> dict[str, Any]:
    """The settings in force. Raises ConfigError for a key or value in the file that the service does not take."""
    defaults = {"interval": 60.0, **service_class(provider).defaults}
    given = {} if kernel.settings is None else kernel.settings.providers.get("service", {}).get(provider.name, {})
    try:
        from_file = {key: checked(provider.name, defaults, key, value) for key, value in given.items()}
    except InvalidInput as error:
        raise ConfigError(f"[service.{provider.name}]: {error.message}", next=error.next) from None
    kept = {key: value for key, value in configured.items() if key in defaults}
    return {**defaults, **from_file, **kept}


def checked(name: str, defaults: Mapping[str, Any], key: str, value: object) -> Any:
    """A value for a setting, of the type of its default; text is read. Raises InvalidInput."""
    if key not in defaults:
        raise InvalidInput(
            f"The service {name} has no setting {key!r}.", field="settings",
            next=f"It knows: {', '.join(sorted(defaults))}.",
        )  # fmt: skip
    usual = defaults[key]
    try:
        return _read(usual, value)
    except ValueError:
        text = f"{key} of the service {name} takes {_kind(usual)}; got {value!r}."
        raise InvalidInput(text, field="settings") from None


def _read(usual: object, value: object) -> Any:
    if isinstance(usual, bool):
        words = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
        found = words.get(str(value).lower())
        if found is None:
            raise ValueError
        return found
    if isinstance(value, bool):
        raise ValueError  # noqa: TRY004 - one error for all that does not fit
    if isinstance(usual, int | float):
        number = float(str(value))
        if not 0 < number < 1e12 or (isinstance(usual, int) and number != int(number)):
            raise ValueError
        return int(number) if isinstance(usual, int) else number
    return str(value)


def _kind(usual: object) -> str:
    if isinstance(usual, bool):
        return "true or false"
    if isinstance(usual, int):
        return "a whole number above 0"
    return "a number above 0" if isinstance(usual, float) else "text"
