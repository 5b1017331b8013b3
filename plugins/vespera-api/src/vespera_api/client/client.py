"""The client: calls operations by name, and those of every day by methods of their own."""

from __future__ import annotations

import time
from collections.abc import Iterator
from random import uniform
from types import TracebackType
from typing import Any, Final, Self
from uuid import uuid4

import httpx

from vespera_api.client.errors import Unreachable, error_of
from vespera_api.client.events import Events
from vespera_api.client.requests import PREFIX, Asked, answer_model, asked

RETRIED: Final = (429, 502, 503, 504)
"""Statuses after which the same request may succeed a little later."""

MAX_PAUSE: Final = 30.0
"""Seconds that the client waits at most between two tries, whatever the server asks for."""


class Client:
    """A connection to one server. Close it, or use it in a ``with`` block; one thread at a time uses it.

    `token` proves who calls; on an open server `actor` and `role` say in whose name, and in which role, calls are made.
    A call that meets a server that is away or busy is repeated up to `retries` times, with pauses that double, and
    writes carry an idempotency key, so that what was done already is not done again.

    >>> with Client("http://127.0.0.1:8420") as client:  # doctest: +SKIP
    ...     task = client.create_task("Write the release notes", priority="high")
    ...     client.complete_task(task.task_id)
    """

    def __init__(
        self, url: str, *, token: str | None = None, actor: str | None = None, role: str | None = None,
        retries: int = 4, timeout: float = 30.0, transport: httpx.BaseTransport | None = None,
    ) -> None:  # fmt: skip
        headers = {
            "Authorization": None if token is None else f"Bearer {token}", "Vespera-Actor": actor, "Vespera-Role": role,
        }  # fmt: skip
        told = {name: one for name, one in headers.items() if one is not None}
        self._http = httpx.Client(base_url=url, headers=told, timeout=timeout, transport=transport)
        self._retries = retries

    def call(
        self, operation: str, /, *, idempotency_key: str | None = None, expected_version: int | None = None,
        **fields: Any,
    ) -> Any:  # fmt: skip
        """Perform an operation; its answer is the model that the server's description names.

        Moments are given as RFC 3339 text or as `datetime` with an offset. `expected_version` is the version of the
        object that a write is about. Raises the errors that the core raises, and Unreachable.
        """
        request = asked(operation, fields)
        answer = self._sent(request, idempotency_key, expected_version)
        model = answer_model(operation)
        return answer if model is None else model.model_validate(answer)

    # ------------------------------------------------------------ every day

    def create_task(self, title: str, *, idempotency_key: str | None = None, **fields: Any) -> Any:
        """Make a task, and answer it."""
        return self.call("task.create", idempotency_key=idempotency_key, title=title, **fields).task

    def get_task(self, task_id: str) -> Any:
        """A task as it is."""
        return self.call("task.get", task_id=task_id).task

    def update_task(self, task_id: str, *, version: int | None = None, **changes: Any) -> Any:
        """Give a task new values, and answer it. Without a `version` that of the present moment is taken.

        Raises VersionConflict where somebody else was quicker.
        """
        seen = self.get_task(task_id).version if version is None else version
        path = asked("task.get", {"task_id": task_id}).path
        answer = self._sent(Asked("PATCH", path, {}, changes), None, seen)
        model = answer_model("task.update")
        return answer if model is None else model.model_validate(answer).tasks[0]  # type: ignore[attr-defined]

    def ready(self, **filters: Any) -> Any:
        """A page of what can be worked on now, the most urgent first."""
        return self.call("task.ready", **filters)

    def claim(self, task_id: str | None = None, **wishes: Any) -> Any:
        """Hold a task, or the most urgent ready one; the answer has no task where none is ready."""
        named: dict[str, Any] = wishes if task_id is None else {"task_id": task_id, **wishes}
        return self.call("task.claim", **named)

    def complete_task(self, task_id: str, **how: Any) -> Any:
        """Complete a task; the answer says what that unblocked."""
        return self.call("task.complete", task_ids=[task_id], **how)

    def search(self, text: str, **how: Any) -> Any:
        """Tasks by what their texts say and mean."""
        return self.call("task.search", text=text, **how)

    def pages(self, operation: str, /, **fields: Any) -> Iterator[Any]:
        """Every page of an operation that answers pages, one after the other."""
        while True:
            page = self.call(operation, **fields)
            yield page
            if page.next_cursor is None:
                return
            fields["cursor"] = page.next_cursor

    def events(self, *, cursor: str | None = None, **filters: Any) -> Events:
        """Events as they happen, from a cursor or from now on: each once, in order, whatever breaks in between.

        `project`, `role` and `kind` narrow them. Closing the iterator, or the client, ends it.
        """
        return Events(self._http, f"{PREFIX}/events/stream", cursor, filters)

    # ------------------------------------------------------------ over HTTP

    def _sent(self, request: Asked, key: str | None, version: int | None) -> Any:
        headers = {} if request.method == "GET" else {"Idempotency-Key": key or uuid4().hex}
        if version is not None:
            headers["If-Match"] = f'"{version}"'
        if request.method == "PATCH":
            headers["Content-Type"] = "application/merge-patch+json"
        response = self._tried(request, headers)
        if response.is_success:
            return response.json()
        raise error_of(response)

    def _tried(self, request: Asked, headers: dict[str, str]) -> httpx.Response:
        for attempt in range(self._retries + 1):
            try:
                response = self._http.request(
                    request.method, request.path, params=request.query, json=request.body, headers=headers
                )
            except httpx.TransportError as error:
                if attempt == self._retries:
                    raise Unreachable(
                        f"{self._http.base_url} does not answer: {error or type(error).__name__}."
                    ) from error
                time.sleep(_pause(attempt, None))
                continue
            if response.status_code not in RETRIED or attempt == self._retries:
                return response
            time.sleep(_pause(attempt, response.headers.get("Retry-After")))
        raise AssertionError("the last try answers or raises")

    def close(self) -> None:
        """Let go of the connection."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def _pause(attempt: int, wanted: str | None) -> float:
    """Seconds before the next try: what the server asked for, or a random share of a time that doubles."""
    if wanted is not None and wanted.isdecimal():
        return min(float(wanted), MAX_PAUSE)
    return uniform(0.05, min(0.2 * 2**attempt, MAX_PAUSE))  # noqa: S311 - so that clients do not come all at once
