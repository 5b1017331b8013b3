"""What vespera-security offers through the hooks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vespera_core.hookspecs import hookimpl

if TYPE_CHECKING:
    import click

    from vespera_core.ports.identity import Credentials, Identity
    from vespera_core.ports.keys import Cipher, Key, KeyProvider
    from vespera_core.ports.operation import Operation
    from vespera_core.ports.provider import Provider
    from vespera_core.ports.service import Ledger


@hookimpl
def vespera_key_providers() -> list[Provider[KeyProvider]]:
    from vespera_security.keys.providers import providers

    return providers()


@hookimpl
def vespera_cipher(keys: tuple[Key, ...]) -> Cipher:
    from vespera_security.sealing.fernet import FernetCipher

    return FernetCipher(keys)


@hookimpl
def vespera_operations() -> tuple[Operation, ...]:
    from vespera_security.tokens.operations import OPERATIONS

    return OPERATIONS


@hookimpl
def vespera_authenticate(credentials: Credentials, ledger: Ledger) -> Identity | None:
    from vespera_security.tokens.checking import identity_of

    return identity_of(credentials, ledger)


@hookimpl
def vespera_register_commands(cli: click.Group) -> None:
    from vespera_security.tokens.commands import registration, token

    cli.add_command(token)
    cli.add_command(registration)
