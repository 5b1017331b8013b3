"""Server-sent events: at once, resumable, never compressed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from plugins.api.live.support import ROOT, Running, serving
from vespera_core.app.application import Vespera

PATH = f"{ROOT}/events/stream"


def events(answer: httpx.Response) -> Iterator[dict[str, str]]:
    """Server-sent events, after the WHATWG standard as far as it is used here."""
    fields: dict[str, str] = {}
    for line in answer.iter_lines():
        name, _, value = line.partition(": ")
        if not line and fields:
            yield fields
            fields = {}
        elif name:
            fields[name] = value


def read(server: Running, count: int, headers: dict[str, str] | None = None, **asked: Any) -> list[dict[str, str]]:
    """The first events of a stream; the connection is cut after them."""
    with httpx.stream("GET", server.url + PATH, params=asked, headers=headers, timeout=20) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert "content-encoding" not in answer.headers
        found = events(answer)
        return [next(found) for _ in range(count)]


def test_it_begins_at_once_and_goes_on_where_it_was_cut(server: Running, ledger: Vespera) -> None:
    [hello] = read(server, 1)
    assert hello["event"] == "hello"
    assert int(hello["retry"]) > 0
    made = [ledger.tasks.create_task(f"task {number}").task_id for number in range(60)]
    seen: list[str] = []
    last = hello["id"]
    while len(seen) < len(made):
        _, *found = read(server, 21, {"Last-Event-ID": last}, kind="task.created")
        seen += [json.loads(one["data"])["entity"] for one in found]
        assert all(one["event"] == "task.created" for one in found)
        last = found[-1]["id"]
    assert seen == made


def test_events_come_as_they_happen(server: Running, ledger: Vespera) -> None:
    with httpx.stream("GET", server.url + PATH, timeout=20) as answer:
        found = events(answer)
        next(found)
        for number in range(3):
            created = ledger.tasks.create_task(f"task {number}")
            assert json.loads(next(found)["data"])["entity"] == created.task_id


def test_the_last_event_id_counts_more_than_the_cursor(server: Running, ledger: Vespera) -> None:
    ledger.tasks.create_task("one")
    [_, first] = read(server, 2, cursor="0", kind="task.*")
    end = first["id"]
    ledger.tasks.create_task("two")
    [_, second] = read(server, 2, {"Last-Event-ID": end}, cursor="0", kind="task.*")
    assert json.loads(second["data"])["payload"]["task"]["title"] == "two"


@pytest.mark.parametrize(
    "asked",
    [
        {"cursor": "x"}, {"cursor": "99999999"}, {"kind": "task created"}, {"limit": "1"}, {"project": ["a", "b"]},
        {"kind": ["a"] * 21}, {"role": "a\x00"}, {"cursor": ""},
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_a_problem(server: Running, asked: dict[str, Any]) -> None:
    answer = httpx.get(server.url + PATH, params=asked)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


def test_silence_is_broken_by_beats_that_move_the_place_on(ledger: Vespera, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vespera_api.live.stream.HEARTBEAT", 0.05)
    with serving(ledger) as server, httpx.stream("GET", server.url + PATH, params={"kind": "x"}, timeout=20) as answer:
        found = events(answer)
        begin = int(next(found)["id"])
        ledger.tasks.create_task("passed over")
        assert any(int(next(found)["id"]) > begin for _ in range(200))


def test_the_end_of_the_server_is_told_with_the_cursor(ledger: Vespera) -> None:
    with serving(ledger) as server:
        with httpx.stream("GET", server.url + PATH, timeout=20) as answer:
            found = events(answer)
            next(found)
            ledger.tasks.create_task("one")
            seen = next(found)["id"]
            server.stop()
            closing = next(found)
            assert next(found, None) is None
        assert closing["event"] == "closing"
        told = json.loads(closing["data"])
        assert (told["code"], told["cursor"], closing["id"]) == (1012, seen, seen)


def test_a_stream_that_is_left_makes_room(server: Running) -> None:
    for _ in range(3):
        read(server, 1)
    with httpx.stream("GET", server.url + PATH, timeout=20):
        pass
