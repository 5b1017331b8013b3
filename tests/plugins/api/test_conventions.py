"""The conventions of HTTP: problems, versions, idempotency, merge patches, media types, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from plugins.api.conftest import ROOT
from vespera_api.http.reading import MAX_BODY
from vespera_api.problems import Problem
from vespera_core.app.application import Vespera

JSON = {"Content-Type": "application/json"}


def problem(answer: Any, status: int, code: str) -> Problem:
    """The problem document of a refusal, whose form is checked."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    found = Problem.model_validate_json(answer.content)
    assert (found.status, found.code) == (status, code)
    assert found.request_id == answer.headers["x-request-id"]
    assert found.next
    return found


def test_a_task_goes_its_way(client: TestClient, task: dict[str, Any]) -> None:
    one = f"{ROOT}/tasks/{task['task_id']}"
    held = client.post(f"{one}/claim", json={}).json()
    assert held["task"]["status"] == "in_progress"
    assert client.post(f"{one}/heartbeat", json={"fence": held["fence"]}).status_code == 200
    assert client.post(f"{one}/checkpoint", json={"state": {"step": 2}}).status_code == 200
    assert client.post(f"{one}/comments", json={"text": "Half"}).status_code == 201
    done = client.post(f"{one}/complete", json={"fence": held["fence"], "reason": "Done"})
    assert done.json()["tasks"][0]["close_reason"] == "Done"
    assert list(client.get(f"{one}/comments").json()) == ["comments"]
    events = client.get(f"{one}/history").json()["events"]
    assert {event["origin"] for event in events} == {"rest"}
    assert {event["actor"] for event in events} == {"ann"}


def test_a_write_of_one_object_proves_its_version(client: TestClient, task: dict[str, Any]) -> None:
    one = f"{ROOT}/tasks/{task['task_id']}"
    first = client.get(one)
    assert first.headers["etag"] == '"1"'
    assert client.get(one, headers={"If-None-Match": '"1"'}).status_code == 304
    problem(client.patch(one, json={"title": "New"}), 428, "precondition_required")
    problem(client.delete(one), 428, "precondition_required")
    problem(client.patch(one, json={"title": "New"}, headers={"If-Match": "W/x"}), 400, "malformed")
    done = client.patch(one, json={"title": "New"}, headers={"If-Match": '"1"'})
    assert (done.status_code, done.headers["etag"]) == (200, '"2"')
    problem(client.patch(one, json={"title": "Late"}, headers={"If-Match": '"1"'}), 412, "version_conflict")
    assert client.patch(one, json={"title": "Any"}, headers={"If-Match": "*"}).status_code == 200
    assert client.delete(one, headers={"If-Match": '"3"'}).json()["deleted"] == [task["task_id"]]


def test_a_merge_patch_merges_what_is_within(client: TestClient, task: dict[str, Any]) -> None:
    one = f"{ROOT}/tasks/{task['task_id']}"
    steps = [
        ({"metadata": {"a": {"b": 1, "c": 2}, "d": [1]}, "notes": "x"}, {"a": {"b": 1, "c": 2}, "d": [1]}),
        ({"metadata": {"a": {"b": None, "e": 3}}}, {"a": {"c": 2, "e": 3}, "d": [1]}),
        ({"metadata": {"a": None}}, {"d": [1]}),
        ({"due_at": "2027-01-01T00:00:00Z"}, {"d": [1]}),
        ({"due_at": None}, {"d": [1]}),
    ]
    for patch, expected in steps:
        answer = client.patch(
            one, json=patch, headers={"If-Match": "*", "Content-Type": "application/merge-patch+json"}
        )
        assert answer.status_code == 200, answer.text
        assert answer.json()["tasks"][0]["metadata"] == expected
    assert answer.json()["tasks"][0]["due_at"] is None


def test_a_task_that_is_put_has_nothing_else(client: TestClient, task: dict[str, Any]) -> None:
    one = f"{ROOT}/tasks/{task['task_id']}"
    client.patch(one, json={"notes": "x", "tags": ["a"], "priority": "high"}, headers={"If-Match": "*"})
    problem(client.put(one, json={"notes": "y"}, headers={"If-Match": "*"}), 422, "invalid_input")
    put = client.put(one, json={"title": "Whole", "notes": "y"}, headers={"If-Match": '"2"'})
    assert put.status_code == 200, put.text
    found = put.json()["tasks"][0]
    assert (found["title"], found["notes"], found["tags"], found["priority"]) == ("Whole", "y", [], "normal")
    problem(client.put(one, json={"title": "Again"}, headers={"If-Match": '"2"'}), 412, "version_conflict")


def test_a_repetition_under_one_key_does_nothing(client: TestClient) -> None:
    key = {"Idempotency-Key": "k-1"}
    first, second = (client.post(f"{ROOT}/tasks", json={"title": "Once"}, headers=key) for _ in range(2))
    assert first.json() == second.json()
    assert client.get(f"{ROOT}/tasks").json()["total"] == 1
    problem(client.post(f"{ROOT}/tasks", json={"title": "Other"}, headers=key), 422, "idempotency_mismatch")
    problem(client.post(f"{ROOT}/tasks", json={"title": "x"}, headers={"Idempotency-Key": ""}), 400, "malformed")


@pytest.mark.parametrize(
    ("body", "headers", "status", "code"),
    [
        (b"{", JSON, 400, "malformed"),
        (b"[" * 100_000, JSON, 400, "malformed"),
        (b'{"title": "x"}', {}, 415, "unsupported_media_type"),
        (b'{"title": "x"}', {"Content-Type": "text/plain"}, 415, "unsupported_media_type"),
        (b'{"title": "x"}', {"Content-Type": "application/json; charset=utf-16"}, 415, "unsupported_media_type"),
        (b'{"title": "\xff"}', JSON, 400, "malformed"),
        (b'{"title": "x", "titel": "y"}', JSON, 422, "invalid_input"),
        (b'{"title": 5}', JSON, 422, "invalid_input"),
        (b'{"title": null}', JSON, 422, "invalid_input"),
        (b'{"title": "x", "due_at": 5}', JSON, 422, "invalid_input"),
        (b'{"title": "x", "due_at": "0001-01-01T00:00:00Z"}', JSON, 422, "invalid_input"),
        (b'{"title": "x", "metadata": {"n": 1e999}}', JSON, 422, "invalid_input"),
        (b'{"title": "a\\u0000b"}', JSON, 422, "invalid_input"),
        (b'{"title": ""}', JSON, 422, "invalid_input"),
        (b"", JSON, 400, "malformed"),
        (b"5", JSON, 422, "invalid_input"),
    ],
)
def test_what_cannot_be_read_is_refused(
    client: TestClient, body: bytes, headers: dict[str, str], status: int, code: str
) -> None:
    problem(client.post(f"{ROOT}/tasks", content=body, headers=headers), status, code)
    assert client.get(f"{ROOT}/tasks").json()["total"] == 0


def test_a_body_that_is_too_large_is_refused(client: TestClient) -> None:
    body = b'{"title": "' + b"x" * MAX_BODY + b'"}'
    problem(client.post(f"{ROOT}/tasks", content=body, headers=JSON), 413, "content_too_large")


def test_no_refusal_repeats_what_was_sent(client: TestClient) -> None:
    secret = "hunter2-hunter2"
    for body in ({"title": 5, "notes": secret}, {secret[:5]: 1, "due_at": secret}, {"title": "x", "due_at": secret}):
        answer = client.post(f"{ROOT}/tasks", json=body)
        assert answer.status_code == 422
        assert secret not in answer.text


@pytest.mark.parametrize(
    ("query", "status"),
    [("limit=2", 200), ("status=pending&status=completed", 200), ("open=true", 200), ("limit=x", 422),
     ("limit=1&limit=2", 422), ("titel=x", 422), ("open=yes", 422), ("cursor=nonsense", 422), ("as_of=5", 422)],
)  # fmt: skip
def test_query_strings(client: TestClient, query: str, status: int) -> None:
    assert client.get(f"{ROOT}/tasks?{query}").status_code == status


@pytest.mark.parametrize(
    ("query", "status"),
    [("capacities[viewer]=2&capacities[tester]=1", 200), ("capacities[viewer]=2&capacities[viewer]=2", 422),
     ("capacities[viewer]=x", 422), ("capacities[]=1", 422), ("capacities=1", 422), ("agents[x]=1", 422),
     ("capacities=1&capacities[viewer]=2", 422), ("capacities[viewer]=2&capacities=1", 422), ("agents=1e0", 422),
     ("hours_per_day=8e0", 200), ("hours_per_day=1e999", 422), ("hours_per_day=nan", 422)],
)  # fmt: skip
def test_tables_and_numbers_in_query_strings(client: TestClient, task: dict[str, Any], query: str, status: int) -> None:
    answer = client.get(f"{ROOT}/projects/web/timeline?{query}")
    assert answer.status_code == status, answer.text


def test_what_is_not_there(client: TestClient) -> None:
    problem(client.get("/nowhere"), 404, "not_found")
    problem(client.get(f"{ROOT}/tasks/web-none"), 404, "not_found")
    refused = client.put(f"{ROOT}/tasks")
    problem(refused, 405, "method_not_allowed")
    assert refused.headers["allow"] == "GET, HEAD, POST"


def test_a_role_limits_who_says_it_works_in_one(client: TestClient, task: dict[str, Any]) -> None:
    headers = {"Vespera-Actor": "bot", "Vespera-Role": "viewer"}
    assert client.get(f"{ROOT}/tasks", headers=headers).status_code in (200, 403)
    found = client.post(f"{ROOT}/principals", json={"name": "eve"}, headers=headers)
    problem(found, 403, "permission_denied")


def test_the_id_of_a_request_is_in_its_events(client: TestClient) -> None:
    made = client.post(f"{ROOT}/tasks", json={"title": "x"}, headers={"X-Request-Id": "trace-1"})
    assert made.headers["x-request-id"] == "trace-1"
    odd = client.get(f"{ROOT}/tasks", headers={"X-Request-Id": "a b"})
    assert odd.headers["x-request-id"] != "a b"
    event = client.get(f"{ROOT}/events?limit=1").json()["events"][0]
    assert event["context"]["request_id"] == "trace-1"


def test_a_bug_tells_nothing_of_itself(client: TestClient, ledger: Vespera, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError("secret of the house")

    monkeypatch.setattr(ledger.kernel, "run", fails)
    answer = client.get(f"{ROOT}/tasks")
    problem(answer, 500, "internal")
    assert "secret of the house" not in answer.text


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"Host": "evil.example"}, 421, "host"),
        ({"Host": "localhost.evil.example:8420"}, 421, "host"),
        ({"Host": ""}, 421, "host"),
        ({"Origin": "http://evil.example"}, 403, "origin"),
        ({"Origin": "null"}, 403, "origin"),
        ({"Origin": "http://localhost:9999"}, 403, "origin"),
        ({"Sec-Fetch-Site": "cross-site"}, 403, "origin"),
    ],
)
def test_pages_of_other_sites_are_not_answered(
    client: TestClient, headers: dict[str, str], status: int, code: str
) -> None:
    problem(client.post(f"{ROOT}/tasks/claim", headers=headers), status, code)
    problem(client.get(f"{ROOT}/tasks", headers=headers), status, code)


@pytest.mark.parametrize(
    "headers", [{"Host": "127.0.0.1:1"}, {"Host": "[::1]:8420"}, {"Origin": "http://localhost:8420"}]
)
def test_pages_and_programs_of_this_server_are(client: TestClient, headers: dict[str, str]) -> None:
    assert client.get(f"{ROOT}/tasks", headers=headers).status_code == 200


def test_large_answers_are_compressed(client: TestClient) -> None:
    for number in range(20):
        client.post(f"{ROOT}/tasks", json={"title": f"Task {number}"})
    assert client.get(f"{ROOT}/tasks", headers={"Accept-Encoding": "gzip"}).headers["content-encoding"] == "gzip"


def test_the_classic_paths_work_literally(client: TestClient, task: dict[str, Any]) -> None:
    other = client.post(f"{ROOT}/tasks/", json={"title": "Second"}).json()["task"]
    one = f"{ROOT}/tasks/{task['task_id']}"
    assert client.post(f"{one}/dependencies", json={"target": other["task_id"]}).status_code == 201
    assert client.post(f"{ROOT}/search/semantic", json={"text": "writing"}).status_code == 200
    found = client.get(f"{one}/dependencies").json()
    assert other["task_id"] in str(found)
    assert client.delete(f"{one}/dependencies/{other['task_id']}").status_code == 200
