"""The table of routes: whole, in order, and true to the operations that it leads to."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from plugins.api.conftest import ROOT
from vespera_api.app import Api
from vespera_api.description.openapi import operation_id
from vespera_api.live.webhooks.operations import OPERATIONS as HOOKS
from vespera_api.routes.table import ELSEWHERE, OF_PLUGINS, ROUTES, routes_of
from vespera_core.app.application import Vespera
from vespera_core.app.operations import builtin_operations
from vespera_core.ports.operation import Operation
from vespera_security.tokens.operations import OPERATIONS as TOKEN_OPERATIONS

OPERATIONS = {one.name: one for one in builtin_operations()}


def test_every_operation_has_a_route_or_a_reason_for_none() -> None:
    reached = {route.operation for route in ROUTES}
    assert reached | set(ELSEWHERE) == set(OPERATIONS)
    assert {route.operation for route in OF_PLUGINS} == {one.name for one in (*TOKEN_OPERATIONS, *HOOKS)}
    assert not reached & set(ELSEWHERE)
    assert len(reached) >= 60


def test_every_route_is_its_own(api: Api) -> None:
    places = [(reader.route.method, reader.route.path) for reader, _ in api.served]
    assert len(places) == len(set(places))
    names = [operation_id(reader) for reader, _ in api.served if not reader.route.hidden]
    assert len(names) == len(set(names))


def test_what_a_path_says_are_fields_of_the_input(api: Api) -> None:
    for reader, operation in api.served:
        fields = set(reader.input.__dataclass_fields__)
        assert {*reader.parameters.values(), *reader.route.fixed} <= fields, operation.name
        if reader.route.guarded:
            assert "expected_version" in fields


def test_fixed_paths_come_before_those_with_parameters(client: TestClient) -> None:
    assert client.get(f"{ROOT}/tasks/ready").json()["tasks"] == []
    assert "statistics" not in client.get(f"{ROOT}/runs/statistics").text
    assert client.get(f"{ROOT}/projects/cycles").status_code == 200


@pytest.mark.parametrize("fixed", sorted({route.path for route in ROUTES if "{" not in route.path}))
def test_no_parameter_takes_a_fixed_path(fixed: str) -> None:
    parts = fixed.split("/")
    order = [route.path for route in routes_of(OPERATIONS.values())]
    for other in order[: order.index(fixed)]:
        words = other.split("/")
        assert len(words) != len(parts) or any(
            not word.startswith("{") and word != part for word, part in zip(words, parts, strict=True)
        )


def test_an_operation_of_a_plugin_has_a_route_by_its_name() -> None:
    brought = Operation(
        name="hello.greet", summary="Greet.", input="x:y", output="x:y", handler="x:y", action="hello.read", kind="read"
    )
    found = [route for route in routes_of([*OPERATIONS.values(), brought]) if route.operation == "hello.greet"]
    assert [(route.method, route.path) for route in found] == [("POST", "/operations/hello.greet")]


def test_it_is_offered_through_its_hook(ledger: Vespera) -> None:
    """By `vespera_transports`, and its name is an origin of events."""
    offered = {offer[3].name: offer[1] for offer in ledger.kernel.registry.offers("transport")}
    assert offered == {"rest": "vespera-api", "mcp": "vespera-mcp"}
