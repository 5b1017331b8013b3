"""Traces: a span for each request and each operation, whose trace travels with the events that they cause."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode
from starlette.testclient import TestClient

from plugins.api.conftest import ROOT
from vespera_api.app import Api
from vespera_api.settings import ServerSettings
from vespera_api.watching import tracing as room
from vespera_api.watching.tracing import Tracing, tracing
from vespera_core.app.application import Vespera
from vespera_core.errors import ConfigError
from vespera_core.model.query import EventQuery

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
PLANTED = "planted-secret-7f3a"
CREATE = {"title": f"Title {PLANTED}", "description": PLANTED}


@pytest.fixture(autouse=True)
def no_collector(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_SDK_DISABLED"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def spans(ledger: Vespera) -> InMemorySpanExporter:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    ledger.kernel.observers = (Tracing(provider),)
    return exporter


@pytest.fixture
def api(ledger: Vespera, spans: InMemorySpanExporter) -> Api:
    assert ledger.kernel.observers, "the observers come first"
    return Api(ledger)


def named(spans: InMemorySpanExporter, name: str) -> ReadableSpan:
    found = [one for one in spans.get_finished_spans() if one.name == name]
    assert found, [one.name for one in spans.get_finished_spans()]
    return found[-1]


def attributes(span: ReadableSpan) -> dict[str, Any]:
    return dict(span.attributes or {})


def context_of(ledger: Vespera) -> dict[str, Any]:
    with ledger.kernel.storage.read() as reader:
        (last,) = reader.events(EventQuery(newest_first=True, limit=1))
    return last.context


def test_an_operation_is_a_span_within_its_request_within_the_callers_trace(
    client: TestClient, spans: InMemorySpanExporter, ledger: Vespera
) -> None:
    made = client.post(f"{ROOT}/tasks", json=CREATE, headers={"traceparent": PARENT, "X-Request-Id": "r1"})
    task = made.json()["task"]
    request, operation = named(spans, f"POST {ROOT}/tasks"), named(spans, "create_task")
    assert request.parent is not None
    assert operation.parent is not None
    assert f"{request.parent.span_id:016x}" == PARENT.split("-")[2]
    assert operation.parent.span_id == request.context.span_id
    assert f"{operation.context.trace_id:032x}" == PARENT.split("-")[1]
    assert attributes(operation) == {
        "vespera.operation": "task.create", "task.id": task["task_id"], "task.project_id": task["project_id"],
        "vespera.origin": "rest",
    }  # fmt: skip
    assert attributes(request) == {
        "http.request.method": "POST", "http.route": f"{ROOT}/tasks", "http.response.status_code": 201,
        "vespera.request_id": "r1",
    }  # fmt: skip
    assert context_of(ledger)["trace"] == (f"00-{operation.context.trace_id:032x}-{operation.context.span_id:016x}-01")


def test_nothing_of_what_was_written_stands_in_a_span(client: TestClient, spans: InMemorySpanExporter) -> None:
    client.post(f"{ROOT}/tasks?token={PLANTED}", json=CREATE)
    client.post(f"{ROOT}/tasks", json=CREATE)
    client.get(f"{ROOT}/tasks/{PLANTED}")
    client.get(f"/{PLANTED}", headers={"Cookie": PLANTED, "Authorization": f"Bearer {PLANTED}"})
    client.post(f"{ROOT}/search", json={"text": PLANTED, "mode": "text"})
    client.request(PLANTED.upper().replace("-", ""), f"{ROOT}/tasks")
    found = spans.get_finished_spans()
    assert len(found) >= 8
    shown = "".join(one.to_json() for one in found)
    assert PLANTED not in shown


def test_errors_are_told_by_their_code(client: TestClient, spans: InMemorySpanExporter) -> None:
    client.get(f"{ROOT}/tasks/No Such Thing")
    operation, request = named(spans, "get_task"), named(spans, f"GET {ROOT}/tasks/{{task_id}}")
    assert operation.status.status_code is StatusCode.ERROR
    assert (operation.status.description, attributes(operation)["error.type"]) == ("not_found", "not_found")
    assert "task.id" not in attributes(operation)
    assert request.status.status_code is StatusCode.UNSET
    assert not operation.events


def test_a_server_that_fails_says_so(client: TestClient, spans: InMemorySpanExporter, ledger: Vespera) -> None:
    ledger.kernel.storage.close()
    assert client.get(f"{ROOT}/tasks/ready").status_code >= 500
    assert named(spans, f"GET {ROOT}/tasks/ready").status.status_code is StatusCode.ERROR


def test_batches_are_linked_to_what_they_come_of(
    client: TestClient, spans: InMemorySpanExporter, ledger: Vespera
) -> None:
    client.post(f"{ROOT}/tasks", json=CREATE)
    ledger.kernel.engines.catch_up(30)
    client.post(f"{ROOT}/tasks", json=CREATE)
    ledger.kernel.engines.catch_up(30)
    batch, operation = named(spans, "embed_tasks"), named(spans, "create_task")
    assert operation.context.span_id in {link.context.span_id for link in batch.links}
    assert PLANTED not in batch.to_json()


class Collector:
    """A receiver of OTLP over HTTP."""

    def __init__(self) -> None:
        self.requests: list[ExportTraceServiceRequest] = []
        received = self.requests

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.headers.get("Content-Encoding") == "gzip":
                    import gzip

                    body = gzip.decompress(body)
                received.append(ExportTraceServiceRequest.FromString(body))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self._thread = threading.Thread(target=self.server.serve_forever)
        self._thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self._thread.join()

    @property
    def names(self) -> set[str]:
        return {
            span.name for one in self.requests for resource in one.resource_spans
            for scope in resource.scope_spans for span in scope.spans
        }  # fmt: skip


@pytest.fixture
def collector() -> Iterator[Collector]:
    made = Collector()
    yield made
    made.close()


@pytest.mark.parametrize("by_variable", [True, False])
def test_they_are_sent_by_otlp(
    ledger: Vespera, collector: Collector, monkeypatch: pytest.MonkeyPatch, by_variable: bool
) -> None:
    if by_variable:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
    api = Api(ledger, settings=ServerSettings(otlp="" if by_variable else collector.url))
    with TestClient(api, base_url="http://localhost") as client:
        assert client.post(f"{ROOT}/tasks", json=CREATE).status_code == 201
    assert api.watch.tracing is not None
    api.watch.tracing.flush()
    assert {"create_task", f"POST {ROOT}/tasks"} <= collector.names


def test_they_are_off_by_default_and_events_carry_no_trace(ledger: Vespera) -> None:
    with TestClient(Api(ledger), base_url="http://localhost") as client:
        client.post(f"{ROOT}/tasks", json=CREATE, headers={"traceparent": PARENT})
    assert Api(ledger).watch.tracing is None
    assert "trace" not in context_of(ledger)


def test_without_their_packages_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    with pytest.raises(ConfigError) as caught:
        tracing(ServerSettings(otlp="http://127.0.0.1:4318"))
    assert "vespera-api[otel]" in caught.value.next


def test_the_hook_vespera_observers_is_asked_once(ledger: Vespera, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    real = ledger.kernel.plugins.collect

    def collect(hook: str, **given: Any) -> list[tuple[str, Any]]:
        asked.append(hook)
        return real(hook, **given)

    monkeypatch.setattr(ledger.kernel.plugins, "collect", collect)
    ledger.kernel.observe()
    ledger.kernel.observe()
    assert asked.count("vespera_observers") == 1


def test_a_span_is_named_verb_first(api: Api) -> None:
    from vespera_core.ports.observer import Activity

    names = {room.span_name(Activity(kind="operation", name=operation.name)) for _, operation in api.served}
    assert {"create_task", "create_many_task", "search_task", "critical_path_graph"} <= names
    assert all(re.fullmatch(r"[a-z_]+", name) for name in names)
