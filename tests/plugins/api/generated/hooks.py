"""What schemathesis has to know of this API beyond its document. It is loaded by schemathesis, in a process of its own.

A schema says which values there are, not what they mean here and now: a cursor comes from an earlier page, a status
from a project's workflow. Data that fits the schema may be refused for its meaning, and for nothing else:
`meaning_alone`.
"""

from __future__ import annotations

from typing import Any

import schemathesis

HOME = "web"
"""The project that most requests are about: put away, it would take no more writes."""

MEANT = frozenset({
    "cursor", "head", "since", "as_of",  # they come from earlier answers, or lie in the past
    "status", "workflow", "settings", "changes", "text", "parameters",  # they are judged by what they are about
    "capabilities", "action", "kinds", "kind", "url", "executor", "format", "role", "principal",  # words of this server
    "start_line", "end_line", "exit_code", "until", "command", "source", "if_similar", "tags", "relations",
    "depends_on", "project_id", "project", "task_id", "task_ids", "metadata", "reason", "query", "path", "fence",
    "file",  # they hang on others, or have to be there together
})  # fmt: skip
"""Fields whose values fit their schema and may mean nothing all the same."""

CODES = frozenset({"idempotency_mismatch", "invalid_import", "ambiguous_id", "plugin"})
"""What else may be said of data that fits."""


WHOLE = "Input should be a valid integer"
"""JSON Schema counts 1.0 among the integers, and this API does not: a caller that means a whole number writes one."""


@schemathesis.hook
def before_call(ctx: Any, case: Any, **_: Any) -> None:
    """Keep the project that all others are about from being put away. What is changed here is judged anew."""
    label, body = case.operation.label, case.body
    away = label.endswith("/archive") or (label.startswith("PATCH") and isinstance(body, dict) and "status" in body)
    if away and (case.path_parameters or {}).get("project_id") == HOME:
        case.path_parameters["project_id"] = "elsewhere"


@schemathesis.check
def meaning_alone(ctx: Any, response: Any, case: Any) -> None:
    """What fits the schema is refused for its meaning alone."""
    generation = case.meta.generation if case.meta is not None else None
    if response.status_code != 422 or generation is None or not generation.mode.is_positive:
        return
    told = response.json()
    fields = {one["field"].split(".")[0] for one in told["errors"] if not one["message"].startswith(WHOLE)}
    if told["code"] not in CODES and (not told["errors"] or not fields <= MEANT):
        raise AssertionError(f"refused for its form: {told['detail'][:300]} {sorted(fields)}")


@schemathesis.check
def told_as_a_problem(ctx: Any, response: Any, case: Any) -> None:
    """Every refusal is a problem document, and shows nothing of the program."""
    if response.status_code < 400 or case.operation.path.endswith(("z", "/health")):
        return
    assert response.headers["content-type"] == ["application/problem+json"], response.headers["content-type"]
    assert "Traceback" not in response.text
    assert 'File "' not in response.text
