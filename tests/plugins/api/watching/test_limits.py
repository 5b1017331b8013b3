"""Limits: each category refuses what is too much, through the whole server, and tells callers where they stand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import HTTPConnection
from starlette.testclient import TestClient

from plugins.api.access.conftest import asked, at_the_files, bearer, token_of, unlimited
from plugins.api.conftest import ROOT
from vespera_api.app import Api
from vespera_api.problems import HttpProblem
from vespera_api.settings import ServerSettings, server_settings
from vespera_api.watching import limits as limiting
from vespera_api.watching.limits import DEFAULTS, Limits, address_of, category_of
from vespera_core.app.application import Vespera
from vespera_core.errors import ConfigError

REQUESTS: dict[str, tuple[str, str, Any]] = {
    "reads": ("GET", "/tasks/ready", None),
    "writes": ("POST", "/tasks", {"title": "One more"}),
    "searches": ("POST", "/search", {"text": "one", "mode": "text"}),
    "analyses": ("GET", "/projects/cycles", None),
}


@pytest.fixture
def tokens(ledger: Vespera) -> tuple[str, str]:
    home = at_the_files(ledger)
    for name in ("ann", "bot"):
        home.access.add_principal(name, kind="person")
        home.access.grant(name, "*")
    return token_of(ledger, "ann"), token_of(ledger, "bot")


@pytest.fixture
def served(ledger: Vespera, request: pytest.FixtureRequest) -> Iterator[TestClient]:
    limit: dict[str, Any] = {f"limit_{request.param}": "3/hour"}
    with asked(Api(ledger, settings=replace(unlimited(auth="token"), **limit))) as client:
        yield client


@pytest.mark.parametrize(("served", "category"), [(name, name) for name in REQUESTS], indirect=["served"])
def test_each_category_limits_each_caller_by_itself(served: TestClient, category: str, tokens: tuple[str, str]) -> None:
    method, path, body = REQUESTS[category]
    mine, other = (bearer(one) for one in tokens)
    answers = [served.request(method, ROOT + path, json=body, headers=mine) for _ in range(5)]
    assert [one.status_code // 100 for one in answers] == [2, 2, 2, 4, 4]
    assert [one.headers["ratelimit"].partition(";t=")[0] for one in answers] == [
        f'"{category}";r={left}' for left in (2, 1, 0, 0, 0)
    ]
    assert {one.headers["ratelimit-policy"] for one in answers} == {f'"{category}";q=3;w=3600'}
    refused = answers[-1]
    assert (refused.status_code, refused.json()["code"]) == (429, "rate_limited")
    assert refused.headers["content-type"] == "application/problem+json"
    assert 0 < int(refused.headers["retry-after"]) <= 3600
    assert served.request(method, ROOT + path, json=body, headers=other).status_code // 100 == 2
    for name, (method, path, body) in REQUESTS.items():
        if name != category:
            free = served.request(method, ROOT + path, json=body, headers=mine)
            assert free.status_code // 100 == 2
            assert "ratelimit" not in free.headers


@pytest.mark.parametrize("served", ["reads"], indirect=True)
@pytest.mark.parametrize("path", ["/no/such/path", "/openapi.json", "/metrics", f"{ROOT}/events/stream/no"])
def test_what_is_no_operation_counts_as_a_read(served: TestClient, tokens: tuple[str, str], path: str) -> None:
    statuses = [served.get(path, headers=bearer(tokens[0])).status_code for _ in range(4)]
    assert 429 not in statuses[:3]
    assert statuses[3] == 429


@pytest.mark.parametrize("served", ["writes"], indirect=True)
def test_another_method_on_a_path_counts_as_well(served: TestClient, tokens: tuple[str, str]) -> None:
    statuses = [served.request("PATCH", f"{ROOT}/tasks/claim", headers=bearer(tokens[0])).status_code for _ in range(5)]
    assert statuses[-1] == 429


@pytest.mark.parametrize("served", ["sign_ins"], indirect=True)
def test_an_address_that_guesses_has_to_wait(served: TestClient, tokens: tuple[str, str]) -> None:
    path = f"{ROOT}/tasks/ready"
    assert [served.get(path).status_code for _ in range(6)] == [401] * 6  # nothing was shown: nothing was guessed
    assert served.get(path, headers=bearer(tokens[0])).status_code == 200
    assert [served.get(path, headers=bearer("guess")).status_code for _ in range(5)] == [401, 401, 401, 429, 429]
    assert served.get(path, headers=bearer(tokens[0])).status_code == 429


@pytest.mark.parametrize("served", ["sign_ins"], indirect=True)
def test_secrets_of_plugins_are_not_guessed_either(served: TestClient) -> None:
    statuses = [served.post(f"{ROOT}/plugins/token", json={"secret": "guess"}).status_code for _ in range(5)]
    assert statuses == [401, 401, 401, 429, 429]


def test_an_open_server_sets_no_limits_unless_told(ledger: Vespera) -> None:
    assert not Limits(ServerSettings(), lambda _: None)
    told = Limits(ServerSettings(auth="token"), lambda _: None)
    assert all(category in told for category in DEFAULTS)


def test_every_operation_has_a_category_with_a_limit(api: Api) -> None:
    found = {operation.name: category_of(operation) for _, operation in api.served}
    assert set(found.values()) == set(REQUESTS)
    assert all(found[name] == "writes" for name in ("task.create", "service.stop", "token.create", "index.configure")
               if name in found)  # fmt: skip
    assert found["graph.critical_path"] == found["audit.verify"] == "analyses"


def test_many_addresses_take_bounded_memory_and_nobody_goes_uncounted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limiting, "MAX_CALLERS", 50)
    limits = Limits(ServerSettings(limit_reads="3/hour"), lambda _: None)
    let_in = 0
    for number in range(500):
        try:
            limits.take("reads", f"10.0.{number // 250}.{number % 250}")
        except HttpProblem:
            continue
        let_in += 1
    assert len(limits._storage.storage) == 51
    assert let_in == 50 + 3
    assert limits.take("reads", "10.0.0.1") is not None, "who was counted before keeps its own count"


@given(st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1))
def test_all_addresses_of_one_network_are_one_caller(network: int, one: int, other: int) -> None:
    def shown(host: int) -> str:
        words = [f"{(network << 64 | host) >> shift & 0xFFFF:x}" for shift in range(112, -1, -16)]
        return address_of(HTTPConnection({"type": "http", "client": (":".join(words), 1), "headers": []}))

    assert shown(one) == shown(other)


@pytest.mark.parametrize("said", ["600", "0/minute", "5/fortnight", "many", "10/minute; 5/second", "-1/hour"])
def test_a_limit_that_cannot_be_read_is_refused(said: str) -> None:
    with pytest.raises(ConfigError, match="limit_reads"):
        server_settings({**asdict(ServerSettings()), "limit_reads": said})


def test_refusals_are_counted(ledger: Vespera, tokens: tuple[str, str]) -> None:
    settings = unlimited(auth="token")
    with asked(Api(ledger, settings=replace(settings, limit_reads="4/hour", metrics="open"))) as client:
        for _ in range(6):
            client.get(f"{ROOT}/tasks/ready", headers=bearer(tokens[0]))
        assert 'vespera_rate_limited_total{category="reads"} 2.0' in client.get("/metrics").text
