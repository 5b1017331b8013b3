"""The OpenAPI document: whole, closed in itself, and true to what the server answers."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from pydantic import BaseModel
from starlette.testclient import TestClient

from plugins.api.conftest import ROOT
from plugins.api.generated.beyond import beyond_bounds
from vespera_api.app import Api
from vespera_api.http.reading import Reader
from vespera_api.problems import Problem
from vespera_api.routes.table import OF_PLUGINS, ROUTES
from vespera_api.schemas.outputs import output_model
from vespera_core.app.application import Vespera
from vespera_core.ports.operation import Operation, resolve

QUERIES = {
    "/search/suggestions": {"text": "wr"},
    "/tasks/{task_id}/impact": {"delay_minutes": "60"},
    "/roles/suitable": {"capabilities": "testing"},
    "/editor/tasks": {"file": "src/app.py"},
}
"""What some paths have to be asked with."""


def references(node: Any) -> set[str]:
    if isinstance(node, dict):
        own = {node["$ref"]} if isinstance(node.get("$ref"), str) else set()
        return own.union(*map(references, node.values()))
    return set().union(*map(references, node)) if isinstance(node, list) else set()


def test_it_is_served_and_closed_in_itself(client: TestClient) -> None:
    found = client.get("/openapi.json").json()
    assert found["openapi"] == "3.1.0"
    for reference in references(found):
        place = found
        for part in reference.removeprefix("#/").split("/"):
            place = place[part]
    assert len(found["paths"]) >= 100


def test_every_operation_says_what_it_takes_and_how_it_fails(api: Api) -> None:
    names = set()
    for path, methods in api.openapi()["paths"].items():
        for method, said in methods.items():
            assert said["summary"]
            assert said["operationId"] not in names
            names.add(said["operationId"])
            wanted = {"400", "401", "403", "404", "409", "422", "429"} if path.startswith(ROOT) else {"200"}
            assert wanted <= set(said["responses"])
            in_path = {one["name"] for one in said.get("parameters", ()) if one["in"] == "path"}
            assert in_path == set(re.findall(r"\{(\w+)\}", path))
            assert ("requestBody" in said) <= (method in ("post", "put", "patch"))


def test_it_is_the_same_each_time(ledger: Vespera, api: Api) -> None:
    again = Api(ledger)
    assert json.dumps(again.openapi()) == json.dumps(api.openapi())


@pytest.fixture
def filled(client: TestClient, ledger: Vespera) -> dict[str, str]:
    """Values for the parameters of paths, in a ledger in which most things have happened."""
    first, second = (
        client.post(f"{ROOT}/tasks", json={"title": title, "role": "viewer", "estimate_minutes": 60}).json()["task"]
        for title in ("Write the page", "Write another page")
    )
    one = f"{ROOT}/tasks/{first['task_id']}"
    client.post(f"{one}/dependencies", json={"target": second["task_id"]})
    client.post(f"{one}/comments", json={"text": "Later"})
    run = client.post(f"{ROOT}/runs", json={"task_id": second["task_id"]}).json()["run"]
    client.post(f"{ROOT}/principals", json={"name": "bot", "kind": "agent"})
    client.post(f"{ROOT}/members", json={"principal": "bot", "role": "viewer"})
    client.post(f"{ROOT}/grants", json={"principal": "bot", "action": "task.write"})
    client.post(f"{ROOT}/plugins", json={"name": "board", "capabilities": ["search"]})
    token = client.post(f"{ROOT}/tokens", json={"principal": "bot"}).json()["token"]
    webhook = client.post(f"{ROOT}/webhooks", json={"url": "https://hooks.invalid/"}).json()["webhook"]
    return {
        "webhook_id": webhook["webhook_id"],
        "token_id": token["token_id"], "task_id": first["task_id"], "second": second["task_id"], "project_id": "web",
        "role": "viewer", "run_id": run["run_id"], "name": "bot", "as_of": "2100-01-01T00:00:00Z",
    }  # fmt: skip


def checked(answer: Any, reader: Reader, operation: Operation) -> None:
    if answer.status_code >= 400:
        Problem.model_validate_json(answer.content)
        return
    model: type[BaseModel] = output_model(resolve(operation.output))
    if reader.route.pick is None:
        model.model_validate_json(answer.content)
    else:
        assert list(answer.json()) == [reader.route.pick]


def test_every_answer_to_a_question_is_as_it_is_described(client: TestClient, api: Api, filled: dict[str, str]) -> None:
    asked = [(reader, operation) for reader, operation in api.served if reader.route.method == "GET"]
    assert len(asked) == sum(route.method == "GET" for route in (*ROUTES, *OF_PLUGINS))
    failed = []
    for reader, operation in asked:
        values = dict(filled)
        if reader.route.path.startswith("/services/"):
            values["name"] = "health"
        if reader.route.path.startswith("/plugins/"):
            values["name"] = "board"
        path = re.sub(r"\{(\w+)\}", lambda match, known=values: known[match[1]], reader.route.path)
        answer = client.get(ROOT + path, params=QUERIES.get(reader.route.path))
        if reader.route.file is None:
            checked(answer, reader, operation)
        if answer.status_code != 200:
            failed.append((path, answer.status_code, answer.json()["detail"]))
    assert failed == []


def test_every_answer_to_a_write_is_as_it_is_described(client: TestClient, api: Api, filled: dict[str, str]) -> None:
    """Asked with nothing at all in the body: most say what is missing, and those that do not do what they say."""
    for reader, operation in api.served:
        if reader.route.method == "GET" or reader.route.path == "/indexes/rebuild":
            continue
        values = {**filled, "target": filled["second"], "kind": "relates_to", "event": "1", "principal": "nobody",
                  "action": "x.y"}  # fmt: skip
        path = re.sub(r"\{(\w+)\}", lambda match, known=values: known[match[1]], reader.route.path)
        answer = client.request(
            reader.route.method, ROOT + path, headers={"If-Match": "*"},
            **({} if reader.route.in_query else {"json": {}}),
        )  # fmt: skip
        assert answer.status_code < 500, (path, answer.text)
        checked(answer, reader, operation)


UNLIMITED = "".join(f'limit_{one} = ""\n' for one in ("reads", "writes", "searches", "analyses"))
TRIED, FOR_ITSELF = 350, 0.8
"""Values beyond bounds, at the least, and the share that is refused for itself: the rest hang on what is not there."""


def test_what_is_beyond_a_bound_is_refused(ledger: Vespera, filled: dict[str, str]) -> None:
    """Generated calls come upon most of these bounds, but not upon those of what has to be there first, as runs do."""
    assert ledger.folder is not None
    with (ledger.folder / "config.toml").open("a", encoding="utf-8") as config:
        config.write(f"\n[transport.rest]\n{UNLIMITED}")  # or most would only meet the limits
    with Vespera.open(ledger.folder.parent, actor="ann", origin="rest") as opened:
        api = Api(opened)
        with TestClient(api, base_url="http://localhost:8420", raise_server_exceptions=False) as client:
            answers = [(asked, client.request(**asked)) for asked in beyond_bounds(api, filled, QUERIES)]
    assert [(asked, answer.text) for asked, answer in answers if answer.status_code not in REFUSALS] == []
    assert len(answers) >= TRIED
    assert sum(answer.status_code in (400, 422) for _, answer in answers) >= FOR_ITSELF * len(answers)


REFUSALS = {400, 404, 409, 415, 422}
