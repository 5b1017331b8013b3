"""Messages of the WebSocket: what callers may say, each with a strict schema, and what they are answered."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from vespera_api.live.items import Item, dense
from vespera_api.live.outbox import Entry
from vespera_api.live.wanted import MAX_KINDS
from vespera_api.problems import HttpProblem, invalid

MAX_MESSAGE: Final = 16 * 1024
"""Bytes of a message that a caller may send."""

NEXT: Final = "See docs/howto/follow-events.md for the messages."
_STRICT: Final = ConfigDict(extra="forbid", strict=True, frozen=True)
_Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9._~-]{1,64}$")]


class Subscribe(BaseModel):
    """Asks for events, behind a cursor or from now on. `id` names the subscription in every message about it."""

    model_config = _STRICT

    type: Literal["subscribe"]
    id: _Name
    project: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    role: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    kinds: Annotated[list[Annotated[str, Field(max_length=100)]], Field(max_length=MAX_KINDS)] = []
    cursor: Annotated[str, Field(min_length=1, max_length=100)] | None = None


class Unsubscribe(BaseModel):
    """Ends a subscription."""

    model_config = _STRICT

    type: Literal["unsubscribe"]
    id: _Name


class Ping(BaseModel):
    """Asks for a ``pong`` with the same `id`."""

    model_config = _STRICT

    type: Literal["ping"]
    id: _Name | None = None


Said = Subscribe | Unsubscribe | Ping

_SAID: Final[TypeAdapter[Said]] = TypeAdapter(Annotated[Said, Field(discriminator="type")])


def read(text: str) -> Said:
    """What a caller says. Raises HttpProblem, without repeating it."""
    try:
        return _SAID.validate_json(text)
    except ValidationError as error:
        if error.errors(include_url=False, include_context=False, include_input=False)[0]["type"] == "json_invalid":
            raise HttpProblem(400, "malformed", "The message is not JSON.", next=NEXT) from None
        found = invalid(error)
        raise HttpProblem(422, "invalid_input", found.message or "", next=NEXT, faults=found.faults) from None


def said(kind: str, **facts: Any) -> str:
    """A message of this server; facts that are None are left out."""
    return dense({"type": kind, **{name: value for name, value in facts.items() if value is not None}})


def own(text: str) -> Entry:
    """A message that is no event, on its way like the events."""
    return Entry(None, Item(0, "", "", (), text))


def shown(entry: Entry) -> str:
    """The message that carries an entry. The text of an event is made once, for all who read it."""
    if entry.subscription is None:
        return entry.item.text
    name, item = entry.subscription.name, entry.item
    if not item.seq:
        return f'{{"type":"notice","id":"{name}","notice":{item.text}}}'
    return f'{{"type":"event","id":"{name}","cursor":"{item.seq}","event":{item.text}}}'
