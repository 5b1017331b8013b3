"""Access: what a policy is asked, and how it answers."""

from __future__ import annotations

from dataclasses import field
from typing import Any, Final

from vespera_core.model.record import record

LOCAL_ORIGINS: Final = frozenset({"cli", "python", "import", "worker"})
"""Ways in that only somebody with access to the workspace's files has."""


@record(frozen=True, slots=True, kw_only=True)
class AccessRequest:
    """Who wants to do what. `action` is what the operation declares, ``task.write`` say; `input` is its input.

    `role` is the role that the caller works in, None for a plain person. `project_id` is the one project that the
    input names, if it does; where the caller works in a role or comes from elsewhere, the project of the tasks that
    it names counts as well. `owner` is true for whoever has the workspace's files in their hands.
    """

    actor: str
    origin: str
    action: str
    operation: str
    input: Any = None
    role: str | None = None
    project_id: str | None = None
    owner: bool = False


@record(frozen=True, slots=True)
class Verdict:
    """One policy's answer. A denial's `reason` reaches the caller."""

    allowed: bool
    reason: str = ""


@record(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who calls, through what: the context that every event of the call carries.

    `origin` is one of `ORIGINS`, or the name of a transport. `request_id` ties together what one request did;
    `client_address` and `user_agent` are there where a network is. `role` is the role that the caller works in, None
    for a plain person. `owner` is said by a transport that took the caller for who started it; of who is proved by
    credentials, and of what came over a network, it is never said. `trace` is the W3C ``traceparent`` of the call,
    where it is traced. `within` are the projects that the caller may know of, None for all: the core sets it once the
    call was judged.
    """

    actor: str
    origin: str = "python"
    role: str | None = None
    request_id: str | None = None
    client_address: str | None = None
    user_agent: str | None = None
    owner: bool = False
    trace: str | None = None
    within: frozenset[str] | None = None

    @property
    def is_owner(self) -> bool:
        """Whether the caller has the workspace's files in their hands, and may do what a person at them may do."""
        return self.owner or self.origin in LOCAL_ORIGINS

    def context(self, operation: str) -> dict[str, Any]:
        """The context of an event of `operation`, empty facts left out."""
        facts = {
            "operation": operation,
            "role": self.role,
            "request_id": self.request_id,
            "client_address": self.client_address,
            "user_agent": self.user_agent,
            "trace": self.trace,
            "result": "ok",
        }
        return {name: value for name, value in facts.items() if value is not None}


@record(frozen=True, slots=True)
class Remembered:
    """An answer kept under an idempotency key: for which request it was given, and what it was, as JSON text."""

    request_hash: str
    result: str
    expires_at: int = field(default=0)
