"""Asking a person's question: bounded in time and in rows, with plain values for an answer."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

from vespera_core.errors import InvalidInput
from vespera_core.ports.graph import Table
from vespera_kuzu.cypher import HINT, Question, read_question, refuse
from vespera_kuzu.plain import plain
from vespera_kuzu.session import Session

MOST_ROWS: Final = 100_000


def check_limit(limit: int) -> int:
    """Raise InvalidInput unless so many rows can be answered."""
    if isinstance(limit, bool) or not isinstance(limit, int) or not 1 <= limit <= MOST_ROWS:
        raise InvalidInput(f"limit must be a whole number from 1 to {MOST_ROWS:,}; got {limit!r}.", field="limit")
    return limit


def prepared(text: str, parameters: Mapping[str, Any]) -> Question:
    """A question with all its parameters. The engine would read one that is not given as NULL, without a word."""
    question = read_question(text)
    missing, extra = question.parameters - set(parameters), set(parameters) - question.parameters
    if missing or extra:
        raise refuse(
            f"The parameters {', '.join(f'${name}' for name in sorted(missing))} are not given."
            if missing
            else f"The question has no parameters {', '.join(f'${name}' for name in sorted(map(str, extra)))}."
        )
    return question


def ask(session: Session, question: Question, parameters: Mapping[str, Any], limit: int, seconds: float) -> Table:
    """The first `limit` rows of the answer. Raises InvalidInput for what the engine cannot answer."""
    connection = session.connection
    connection.set_query_timeout(max(1, round(seconds * 1000)))
    try:
        result = connection.execute(question.text, dict(parameters))
        try:
            return _table(result, limit)
        finally:
            result.close()
    except InvalidInput:
        raise
    except Exception as error:
        raise _explained(str(error).strip(), seconds) from error
    finally:
        with suppress(RuntimeError):
            connection.set_query_timeout(0)


def _table(result: Any, limit: int) -> Table:
    rows: list[tuple[Any, ...]] = []
    while len(rows) <= limit and result.has_next():
        rows.append(tuple(plain(value) for value in result.get_next()))
    return Table(tuple(result.get_column_names()), tuple(rows[:limit]), truncated=len(rows) > limit)


def _explained(words: str, seconds: float) -> InvalidInput:
    if "interrupted" in words.lower():
        return InvalidInput(
            f"The question took longer than {seconds:g} seconds and was ended.", field="text",
            next="Ask for less: bound the hops of -[*]->, or match fewer tasks. The setting is query_timeout_seconds.",
        )  # fmt: skip
    if "buffer pool is full" in words:
        return InvalidInput(
            "The question needs more memory than the graph may take.", field="text",
            next="Ask for less, or raise buffer_pool_mb in the table [graph.kuzu].",
        )  # fmt: skip
    return InvalidInput(f"The graph engine did not take the question: {words}", field="text", next=HINT)
