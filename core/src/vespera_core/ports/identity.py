"""The identity port: who a caller proves to be. What it may do is not proved but looked up, on each call."""

from __future__ import annotations

from dataclasses import field

from vespera_core.model.basics import Micros
from vespera_core.model.record import record


@record(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What a caller shows. `scheme` is a lower-case word such as ``bearer``; `audience` the transport it came to."""

    scheme: str
    secret: str = field(repr=False)
    audience: str


@record(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who was proved to call. `proof` names the credential without telling it, so that it can be looked up and revoked.

    `role` is the role that the credential is bound to, None where it is bound to none. `until` is the moment at which
    the proof ends by itself, None where it does not.
    """

    actor: str
    proof: str
    role: str | None = None
    until: Micros | None = None
