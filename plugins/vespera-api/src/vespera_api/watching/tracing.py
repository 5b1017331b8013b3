"""Tracing: spans of requests, operations, batches and runs, sent by OTLP. Off unless an address for them is set.

An operation's span is named verb first, ``create_task`` for ``task.create``. Spans tell ids, counts and codes; nothing
in them was written by a caller. The provider is the server's own: nothing global is set.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any, Final

from vespera_core.errors import ConfigError, VesperaError
from vespera_core.ports.observer import Activity, Observer, Ongoing

if TYPE_CHECKING:
    from contextvars import Token

    from opentelemetry.context import Context
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span
    from starlette.datastructures import Headers

    from vespera_api.settings import ServerSettings

_ADDRESSES: Final = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
_ID: Final = re.compile(r"[a-z0-9]{1,32}(-[a-z0-9]{1,32}){1,3}")
"""What ids of tasks look like that are made here; other text that came for one is not told."""


def tracing(settings: ServerSettings) -> Tracing | None:
    """The tracing that settings and standard variables ask for. Raises ConfigError where its packages are missing."""
    if not _is_wanted(settings):
        return None
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import SERVICE_NAME, Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        raise ConfigError(
            f"Traces are asked for, and the packages that send them are not installed: {error}.",
            next="Install them with: pip install 'vespera-api[otel]'.",
        ) from error
    name = os.environ.get("OTEL_SERVICE_NAME", "vespera")
    provider = TracerProvider(resource=Resource.create({SERVICE_NAME: name}))
    address = settings.otlp.rstrip("/")
    exporter = OTLPSpanExporter(endpoint=f"{address}/v1/traces") if address else OTLPSpanExporter()
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return Tracing(provider)


def _is_wanted(settings: ServerSettings) -> bool:
    off = os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true" or os.environ.get("OTEL_TRACES_EXPORTER") == "none"
    return not off and bool(settings.otlp or any(os.environ.get(name) for name in _ADDRESSES))


def span_name(activity: Activity) -> str:
    """``create_task`` for the operation ``task.create``; ``feed_projection``, ``embed_tasks`` and ``run_task``."""
    if activity.kind != "operation":
        return _NAMES.get(activity.kind, activity.kind)
    noun, _, verb = activity.name.rpartition(".")
    return f"{verb}_{noun.replace('.', '_')}"


_NAMES: Final = {"projection": "feed_projection", "embedding": "embed_tasks", "run": "run_task"}


class Tracing(Observer):
    """Makes spans of what is done, with a provider of OpenTelemetry's."""

    def __init__(self, provider: TracerProvider) -> None:
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        self._provider = provider
        self._tracer = provider.get_tracer("vespera_api")
        self._texts = TraceContextTextMapPropagator()

    def begin(self, activity: Activity) -> Ongoing | None:
        if activity.kind in ("service", "delivery"):
            return None  # services run all the time, and most runs do nothing
        if activity.kind in ("projection", "embedding") and not activity.causes:
            return None
        return _Traced(self, activity)

    def begin_request(self, method: str, headers: Headers) -> RequestSpan:
        """The span of a request, within the trace that its client is in."""
        from opentelemetry.trace import SpanKind

        parent = self._texts.extract({"traceparent": headers.get("traceparent", "")})
        span = self._tracer.start_span(method, context=parent, kind=SpanKind.SERVER)
        return RequestSpan(span, method)

    def start(self, activity: Activity) -> Span:
        """A span for an activity: within the present one, else in the trace that its caller is in."""
        from opentelemetry.trace import INVALID_SPAN, Link, get_current_span

        context: Context | None = None
        caller = activity.caller
        if caller is not None and caller.trace is not None and get_current_span() is INVALID_SPAN:
            context = self._texts.extract({"traceparent": caller.trace})
        spans = (get_current_span(self._texts.extract({"traceparent": one})) for one in activity.causes)
        links = [Link(span.get_span_context()) for span in spans if span is not INVALID_SPAN]
        return self._tracer.start_span(span_name(activity), context=context, links=links)

    def trace_of(self, span: Span) -> str:
        """The ``traceparent`` of a span."""
        from opentelemetry.trace import set_span_in_context

        carrier: dict[str, str] = {}
        self._texts.inject(carrier, set_span_in_context(span))
        return carrier["traceparent"]

    def flush(self) -> None:
        """Send what has not been sent yet."""
        self._provider.force_flush(5_000)


class RequestSpan:
    """The span of a request, and the present one until the request is answered."""

    def __init__(self, span: Span, method: str) -> None:
        from opentelemetry.context import attach
        from opentelemetry.trace import set_span_in_context

        self._span = span
        self._method = method
        self._token = attach(set_span_in_context(span))

    def end_request(self, route: str, status: int, request_id: str) -> None:
        """It was answered."""
        from opentelemetry.context import detach
        from opentelemetry.trace import StatusCode

        detach(self._token)
        self._span.update_name(f"{self._method} {route}")
        self._span.set_attributes({
            "http.request.method": self._method, "http.route": route, "http.response.status_code": status,
            "vespera.request_id": request_id,
        })  # fmt: skip
        if status >= 500:
            self._span.set_status(StatusCode.ERROR)
        self._span.end()


class _Traced(Ongoing):
    def __init__(self, tracing: Tracing, activity: Activity) -> None:
        from opentelemetry.context import attach
        from opentelemetry.trace import set_span_in_context

        self._activity = activity
        self._span = tracing.start(activity)
        self.trace = tracing.trace_of(self._span)
        # A run lasts while its thread does other things: it is not what these are part of.
        self._token: Token[Context] | None = None if activity.kind == "run" else attach(set_span_in_context(self._span))

    def end(self, answer: Any, error: BaseException | None) -> None:
        from opentelemetry.context import detach
        from opentelemetry.trace import Status, StatusCode

        if self._token is not None:
            detach(self._token)
        self._span.set_attributes(_facts(self._activity, answer, failed=error is not None))
        if error is not None:
            code = error.code if isinstance(error, VesperaError) else "internal"
            self._span.set_attribute("error.type", code)
            self._span.set_status(Status(StatusCode.ERROR, code))
        self._span.end()


def _facts(activity: Activity, answer: Any, *, failed: bool) -> dict[str, str]:
    """Ids, kinds and origin. What a failed request named is not told: it may be anything."""
    found = {f"vespera.{activity.kind}": activity.name}
    task = getattr(answer, "task", None)
    tasks = getattr(answer, "tasks", None)
    if task is None and isinstance(tasks, tuple) and len(tasks) == 1:
        task = tasks[0]
    asked = None if failed else _asked(activity.input)
    task_id = getattr(task, "task_id", None) or activity.task_id or asked
    project_id = getattr(task, "project_id", None) or getattr(getattr(answer, "project", None), "project_id", None)
    facts = {
        "task.id": task_id,
        "task.project_id": project_id,
        "vespera.origin": getattr(activity.caller, "origin", ""),
    }
    return found | {name: value for name, value in facts.items() if isinstance(value, str) and value}


def _asked(request: Any) -> str | None:
    """The one task that a request names, where what it says looks like an id."""
    ids = getattr(request, "task_ids", None)
    said = ids[0] if isinstance(ids, tuple) and len(ids) == 1 else getattr(request, "task_id", None)
    return said if isinstance(said, str) and _ID.fullmatch(said) else None
