"""Personal tokens: secrets that prove a principal until they are revoked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from vespera_core.app.policy.principals import active_principal
from vespera_core.app.policy.standing import ACTIVE
from vespera_core.app.session import Session
from vespera_core.app.unit import Unit
from vespera_core.errors import InvalidInput, NotFound
from vespera_core.model.basics import MAX_WORD, SECOND, Micros, check_text
from vespera_core.model.entity import Entity
from vespera_security.tokens.answers import Token, TokenAnswer, TokensAnswer
from vespera_security.tokens.facts import REVOKED, TOKEN
from vespera_security.tokens.minting import PERSONAL, Minted, digest_of, mint
from vespera_security.tokens.requests import CreateToken, ListTokens, TokenRef

if TYPE_CHECKING:
    from vespera_core.app.kernel import Kernel
    from vespera_core.ports.access import Caller

MAX_DAYS: Final = 3650
_DAY: Final = 86400 * SECOND


def around_create(_kernel: Kernel, _request: CreateToken, _caller: Caller, write: Callable[[Minted], Any]) -> Any:
    """Makes the secret outside of what is stored: an answer that was kept belongs to another secret, and has none."""
    minted = mint(PERSONAL)
    answer: TokenAnswer = write(minted)
    return replace(answer, secret=minted.secret) if answer.token.token_id == minted.public_id else answer


def create_token(unit: Unit, request: CreateToken, minted: Minted | None = None) -> TokenAnswer:
    """Make a token for a principal."""
    minted = minted or mint(PERSONAL)
    principal = active_principal(unit, request.principal)
    check_text("label", request.label, MAX_WORD)
    if request.role is not None:
        check_text("role", request.role, MAX_WORD, empty=False)
    data = {
        "label": request.label, "role": request.role, "digest": digest_of(minted.secret),
        "expires_at": _end(unit.now, request.days), "principal_version": principal.version,
    }  # fmt: skip
    new = Entity(TOKEN, minted.public_id, owner=request.principal, state=ACTIVE, data=data)
    return TokenAnswer(token_of(unit.put_entity(None, new, "token.created"), unit.now))


def list_tokens(session: Session, request: ListTokens) -> TokensAnswer:
    """Tokens by the moment of their making."""
    found = session.reader.entities(TOKEN, owner=request.principal)
    shown = (token_of(one, session.now) for one in sorted(found, key=lambda one: one.created_at))
    return TokensAnswer(tuple(one for one in shown if request.ended or one.state == ACTIVE))


def revoke_token(unit: Unit, request: TokenRef) -> TokenAnswer:
    """End a token; ending it again changes nothing."""
    old = unit.reader.entity(TOKEN, request.token_id)
    if old is None:
        raise NotFound(
            f"There is no token {request.token_id!r}.", token_id=request.token_id,
            next="Run 'vespera token list' to see the ids of all.",
        )  # fmt: skip
    return TokenAnswer(token_of(unit.put_entity(old, replace(old, state=REVOKED), "token.revoked"), unit.now))


def token_of(entity: Entity, now: int) -> Token:
    """An entity of the kind ``token`` as callers see it."""
    until = entity.data["expires_at"]
    expired = entity.state == ACTIVE and until is not None and until <= now
    return Token(
        entity.entity_id, entity.owner, entity.data["label"], entity.data["role"],
        "expired" if expired else entity.state, entity.created_at, until,
    )  # fmt: skip


def _end(now: int, days: int | None) -> Micros | None:
    if days is None:
        return None
    if isinstance(days, bool) or not isinstance(days, int) or not 1 <= days <= MAX_DAYS:
        raise InvalidInput(f"days must be a whole number from 1 to {MAX_DAYS}.", field="days")
    return Micros(now + days * _DAY)
