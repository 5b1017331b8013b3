"""The places on offer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from vespera_core.errors import ConfigError
from vespera_core.ports.keys import KeyProvider
from vespera_core.ports.provider import OpenContext, Provider


def providers() -> list[Provider[KeyProvider]]:
    """All of them; what they need is imported when one is opened."""
    return [
        Provider(name="file", summary="A file of the workspace that only its owner can read.", open=_file),
        Provider(name="environment", summary="Variables of the environment, read only.", open=_environment),
        Provider(name="keyring", summary="The key ring of the operating system.", open=_keyring),
    ]


def _file(_settings: dict[str, Any], context: OpenContext) -> KeyProvider:
    if context.folder is None:
        from vespera_security.keys.process import ProcessKeys

        return ProcessKeys()
    from vespera_security.keys.file import FileKeys

    return FileKeys(context.folder)


def _environment(_settings: dict[str, Any], _context: OpenContext) -> KeyProvider:
    from vespera_security.keys.environment import EnvironmentKeys

    return EnvironmentKeys()


def _keyring(_settings: dict[str, Any], context: OpenContext) -> KeyProvider:
    from vespera_security.keys.keyring import KeyringKeys

    return KeyringKeys(_durable(context))


def _durable(context: OpenContext) -> Path:
    if context.folder is None:
        raise ConfigError("A ledger in memory has no entry in the key ring.", next="Leave the setting keys at 'file'.")
    return context.folder
