"""Figures: their names and types are a contract, and no traffic makes more series of them than there are parts."""

from __future__ import annotations

import random
import re
import string
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from plugins.api.conftest import ROOT
from vespera_api.app import Api
from vespera_api.settings import ServerSettings
from vespera_api.watching.figures import COUNTED, SAMPLED
from vespera_api.watching.watch import METRICS
from vespera_core.app.application import Vespera
from vespera_core.app.observing import Observation
from vespera_core.ports.observer import Activity
from vespera_core.ports.storage import Reader

CONTRACT = {
    "vespera_build_info": ("gauge", ("version",)),
    "vespera_bridge_queue_depth": ("gauge", ("pool",)),
    "vespera_cache_entries": ("gauge", ("cache",)),
    "vespera_cache_hits_total": ("counter", ("cache",)),
    "vespera_cache_misses_total": ("counter", ("cache",)),
    "vespera_claims_total": ("counter", ("result",)),
    "vespera_http_request_duration_seconds": ("histogram", ("method", "route", "status")),
    "vespera_http_requests_in_progress": ("gauge", ()),
    "vespera_live_messages_total": ("counter", ("channel",)),
    "vespera_log_position": ("gauge", ()),
    "vespera_operations_total": ("counter", ("operation", "result")),
    "vespera_process_threads": ("gauge", ()),
    "vespera_projection_batches_total": ("counter", ("projection", "result")),
    "vespera_projection_lag_events": ("gauge", ("projection",)),
    "vespera_projection_parked_tasks": ("gauge", ("projection",)),
    "vespera_rate_limited_total": ("counter", ("category",)),
    "vespera_role_utilization": ("gauge", ("role",)),
    "vespera_search_duration_seconds": ("histogram", ("type",)),
    "vespera_service_runs_total": ("counter", ("service", "result")),
    "vespera_store_bytes": ("gauge", ("part",)),
    "vespera_tasks_total": ("gauge", ("status",)),
    "vespera_webhook_deliveries_total": ("counter", ("result",)),
    "vespera_websocket_connections": ("gauge", ()),
    "vespera_writes_total": ("counter", ("operation",)),
}
DOCUMENT = Path(__file__).resolve().parents[4] / "docs" / "howto" / "operate-the-server.md"

Series = dict[tuple[str, tuple[tuple[str, str], ...]], float]


@pytest.fixture
def api(ledger: Vespera) -> Api:
    roles = ledger.folder / "roles" if ledger.folder else Path()
    (roles / "builder.yaml").write_text("capabilities: [task_management]\nmax_concurrent_tasks: 4\n")
    return Api(ledger)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every scrape looks anew."""
    monkeypatch.setattr("vespera_api.watching.watch._SECONDS", 0.0)


def scraped(client: TestClient) -> Series:
    answer = client.get(METRICS)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def value(series: Series, name: str, **labels: str) -> float:
    return series[name, tuple(sorted(labels.items()))]


def test_names_types_and_labels_are_a_contract() -> None:
    assert {one.name: (one.kind, one.labels) for one in (*COUNTED, *SAMPLED)} == CONTRACT


def test_what_is_scraped_has_these_types(client: TestClient) -> None:
    kinds = dict(re.findall(r"# TYPE (\S+) (\S+)", client.get(METRICS).text))
    assert {name: kind for name, (kind, _) in CONTRACT.items()}.items() <= kinds.items()
    wanted = {"process_cpu_seconds_total", "process_resident_memory_bytes", "process_open_fds"}
    assert wanted <= set(kinds)


def test_the_document_lists_exactly_these() -> None:
    told = re.findall(r"^\| `(vespera_[a-z_]+)` \| (\w+) \| ([^|]*) \|", DOCUMENT.read_text(), re.MULTILINE)
    assert {name: (kind, tuple(re.findall(r"`(\w+)`", labels))) for name, kind, labels in told} == CONTRACT


def test_they_count_what_happened(client: TestClient) -> None:
    task = client.post(f"{ROOT}/tasks", json={"title": "Build it", "role": "builder"}).json()["task"]["task_id"]
    client.post(f"{ROOT}/tasks", json={"title": "Another"})
    assert client.post(f"{ROOT}/tasks/{task}/claim", json={"lease_seconds": 60}).status_code == 200
    assert client.post(f"{ROOT}/search", json={"text": "build", "mode": "text"}).status_code == 200
    assert client.get(f"{ROOT}/tasks/none-such").status_code == 404
    assert client.get("/no/such/path").status_code == 404
    found = scraped(client)
    assert value(found, "vespera_tasks_total", status="pending") == 1
    assert value(found, "vespera_tasks_total", status="in_progress") == 1
    assert value(found, "vespera_role_utilization", role="builder") == 0.25
    assert value(found, "vespera_writes_total", operation="task.create") == 2
    assert value(found, "vespera_claims_total", result="taken") == 1
    assert value(found, "vespera_search_duration_seconds_count", type="text") == 1
    assert value(found, "vespera_operations_total", operation="task.get", result="not_found") == 1
    name = "vespera_http_request_duration_seconds_count"
    assert value(found, name, method="POST", route=f"{ROOT}/tasks", status="2xx") == 2
    assert value(found, name, method="GET", route=f"{ROOT}/tasks/{{task_id}}", status="4xx") == 1
    assert value(found, name, method="GET", route="(none)", status="4xx") == 1
    assert value(found, "vespera_http_requests_in_progress") == 1  # this scrape
    assert value(found, "vespera_log_position") > 3


def test_who_follows_the_log_is_counted(client: TestClient, api: Api) -> None:
    with client.websocket_connect(f"ws://localhost:8420{ROOT}/ws") as socket:
        socket.send_json({"type": "ping"})
        socket.receive_json()
        found = scraped(client)
        assert value(found, "vespera_websocket_connections") == 1
        assert value(found, "vespera_live_messages_total", channel="websocket") >= 1
    assert value(scraped(client), "vespera_websocket_connections") == 0
    for result in ("ok", "retry", "ok"):
        Observation(api.bridge.kernel.observers, Activity(kind="delivery", name=result)).end()
    assert value(scraped(client), "vespera_webhook_deliveries_total", result="ok") == 2


def test_random_traffic_makes_no_series_of_its_own(client: TestClient) -> None:
    source = random.Random(7)
    for word in ("warm", "up"):
        _traffic(client, source, word)
    scraped(client)
    before = set(scraped(client))
    words = ["".join(source.choices(string.ascii_lowercase, k=12)) for _ in range(150)]
    for word in words:
        _traffic(client, source, word)
    after = scraped(client)
    assert set(after) - before == set()
    shown = {text.lower() for _, labels in after for _, text in labels}
    assert not any(word in text for word in words for text in shown)


def _traffic(client: TestClient, source: random.Random, word: str) -> None:
    client.post(f"{ROOT}/tasks", json={"title": word, "role": None, "metadata": {"tags": [word]}})
    client.get(f"{ROOT}/tasks/{word}")
    client.get(f"/{word}")
    client.request(source.choice(["GET", word.upper()]), f"/{word}/{word}")
    client.get(f"{ROOT}/projects/{word}", headers={"Vespera-Actor": word})
    client.post(f"{ROOT}/search", json={"text": word, "mode": "text"})


def test_scraping_does_not_load_the_store(client: TestClient, ledger: Vespera, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    reads: list[int] = []
    real = ledger.kernel.storage.read

    def counted() -> AbstractContextManager[Reader]:
        reads.append(1)
        return real()

    monkeypatch.setattr(ledger.kernel.storage, "read", counted)
    with TestClient(Api(ledger), base_url="http://localhost") as fresh:
        fresh.get(METRICS)
        first = len(reads)
        for _ in range(20):
            assert fresh.get(METRICS).status_code == 200
        assert len(reads) <= 2 * first + 2


@pytest.fixture
def outside(ledger: Vespera, request: pytest.FixtureRequest) -> Iterator[TestClient]:
    api = Api(ledger, settings=ServerSettings(**request.param))
    with TestClient(api, base_url="http://10.0.0.7", raise_server_exceptions=False) as client:
        yield client


@pytest.mark.parametrize(
    ("outside", "by_ip", "by_name"),
    [
        ({"metrics": "auto"}, 421, 200),
        ({"metrics": "open", "auth": "token"}, 200, 200),
        ({"metrics": "auto", "auth": "token"}, 421, 401),
        ({"metrics": "token"}, 421, 401),
        ({"metrics": "off"}, 421, 404),
    ],
    indirect=["outside"],
)
def test_who_may_read_them_is_a_setting(outside: TestClient, by_ip: int, by_name: int) -> None:
    assert outside.get(METRICS).status_code == by_ip
    assert outside.get(METRICS, headers={"Host": "localhost"}).status_code == by_name
