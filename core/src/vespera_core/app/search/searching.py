"""Search: tasks by what their texts say and mean, best first."""

from __future__ import annotations

import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple

from vespera_core.app.requests import ListTasks
from vespera_core.app.search.answers import Hit, SearchAnswer
from vespera_core.app.search.channels import Shares, caught_up, nearest, vector_of, word_shares
from vespera_core.app.search.facets import facets
from vespera_core.app.search.fusion import EXACT, Scored, fused, ranked, scored
from vespera_core.app.search.metrics import flush
from vespera_core.app.search.noted import base_weight, words_weight
from vespera_core.app.search.requests import SearchTasks
from vespera_core.app.search.snippets import snippets
from vespera_core.app.search.state import setting, state_of
from vespera_core.app.search.vocabulary import vocabulary_of
from vespera_core.app.search.words import terms
from vespera_core.app.session import Session
from vespera_core.app.tasks.reading import task_query
from vespera_core.builtin.memory.selection import fits
from vespera_core.errors import EmbedderFault, InvalidInput, VesperaError
from vespera_core.model.basics import check_choice, check_moment, check_text
from vespera_core.model.query import TaskQuery, check_limit
from vespera_core.model.task import Task
from vespera_core.ports.access import Caller
from vespera_core.ports.storage import Reader

if TYPE_CHECKING:
    from vespera_core.app.kernel import Kernel

HYBRID, TEXT, SEMANTIC = MODES = ("hybrid", "text", "semantic")
LONGEST: Final = 200_000
"""Characters of a query; only its beginning counts."""

POOL: Final = 200
"""Candidates whose rows are read: what facets count, and among which an exact title is looked for."""

FLUSH_SECONDS: Final = 60.0
_BY_WORDS: Final = 1_000
_TIMES: Final = ("created_after", "created_before", "updated_after", "updated_before")


class Plan(NamedTuple):
    """A request, read: what is looked up, where, how, and which part of the answers is wanted."""

    request: SearchTasks
    terms: tuple[str, ...]
    scope: TaskQuery
    weight: float
    start: int
    end: int | None

    @property
    def text(self) -> str:
        return self.request.text.strip()


class Outlook(NamedTuple):
    """Whether meanings can be compared, how fresh they are, and what is in the way."""

    able: bool
    position: int = 0
    behind: int = 0
    reason: str | None = None


class Words(NamedTuple):
    """What the primary store knows by words and names."""

    shares: Shares
    exact: dict[str, float]


class Ranking(NamedTuple):
    """The best candidates of a plan, and how many there are: what stays true while log and vectors stand still.

    `unknown` are the words of a query of which no task has any.
    """

    plan: Plan
    found: list[Scored]
    total: int
    unknown: tuple[str, ...]
    outlook: Outlook


def search_tasks(kernel: Kernel, request: SearchTasks, caller: Caller) -> SearchAnswer:
    """Tasks that fit, best first, read anew from the primary store."""
    started = time.perf_counter()
    check_text("text", request.text, LONGEST, empty=False)
    check_choice("mode", request.mode, MODES)
    outlook = _outlook(kernel, request.mode)
    state = state_of(kernel)

    with kernel.storage.read() as reader:
        position = reader.position()
        weight = words_weight(reader, base_weight(kernel)) if outlook.able else 1.0

    def rank() -> Ranking:
        return _ranked(kernel, request, caller, outlook, weight)

    whole = request.limit == 0  # too long to be kept
    scope = (caller.actor, caller.origin)
    ranking = rank() if whole else state.rankings.get(position, scope, (request, outlook, weight), rank)
    with kernel.storage.read() as reader:
        found = _shown(kernel, reader, ranking)
    took = (time.perf_counter() - started) * 1000
    state.meter.count(request.mode, took, found=bool(found.tasks), degraded=found.degraded)
    if kernel.engines.hosting and state.meter.is_due(FLUSH_SECONDS):
        flush(kernel)
    return replace(found, took_ms=round(took, 2))


def _outlook(kernel: Kernel, mode: str) -> Outlook:
    """Bring the vectors up to the log for a moment. Only a search by meaning alone fails where that is impossible."""
    if mode == TEXT:
        return Outlook(able=False)
    setting(kernel, "wait_seconds")  # a wrong setting is told in any case
    try:
        standing = caught_up(kernel)
    except VesperaError as error:
        if mode == SEMANTIC:
            raise
        return Outlook(able=False, reason=f"Found by words alone: {error.message}")
    reason = standing.reason or kernel.engines.absence("vectors")
    return Outlook(True, standing.position, standing.behind, reason or None)


def _ranked(kernel: Kernel, request: SearchTasks, caller: Caller, outlook: Outlook, weight: float) -> Ranking:
    with kernel.storage.read() as reader:
        plan = _plan(Session(reader, caller, kernel.clock()), request, weight)
        words = _words(reader, plan)
    meaning, outlook = _meaning(kernel, plan, words, outlook)
    found = fused(words.shares.by_task, meaning, words.exact, plan.weight)
    unknown = () if words.shares.by_task or words.exact else words.shares.unknown
    best = found if plan.end is None else found[: max(POOL, plan.end)]
    return Ranking(plan, best, len(found), unknown, outlook)


def _plan(session: Session, request: SearchTasks, weight: float) -> Plan:
    start = _offset(request.cursor)
    end = start + limit if (limit := check_limit(request.limit)) else None
    return Plan(request, terms(request.text), _scope(session, request), weight, start, end)


def _scope(session: Session, request: SearchTasks) -> TaskQuery:
    """The filters of a list, and the bounds of time."""
    filters = ListTasks(
        project_id=request.project_id, status=request.status, type=request.type, priority=request.priority,
        role=request.role, assignee=request.assignee, tags=request.tags, parent_id=request.parent_id,
        open=request.open, sort="id",
    )  # fmt: skip
    for name in _TIMES:
        if (at := getattr(request, name)) is not None:
            check_moment(name, at)
    return replace(
        task_query(session, filters), counted=False, created_after=request.created_after,
        created_before=request.created_before, updated_after=request.updated_after,
        updated_before=request.updated_before,
    )  # fmt: skip


def _words(reader: Reader, plan: Plan) -> Words:
    if plan.request.mode == SEMANTIC:
        return Words(Shares({}, ()), {})
    most = 0 if plan.request.mode == TEXT else max(_BY_WORDS, plan.end or 0)
    return Words(word_shares(reader, plan.terms, plan.scope, most), _named(reader, plan))


def _named(reader: Reader, plan: Plan) -> dict[str, float]:
    """Tasks that the query calls by their id, or, where it is one word, by the beginning of it."""
    spoken = plan.text.split(None, 8)[:8]
    found = {task.task_id: EXACT for task in reader.tasks(spoken).values() if fits(plan.scope, task)}
    if not found and len(spoken) == 1 and len(spoken[0]) >= 3 and not spoken[0].isalpha():
        near = reader.tasks(reader.ids_with_prefix(spoken[0], 20))
        found = {task.task_id: EXACT / 2 for task in near.values() if fits(plan.scope, task)}
    return found


def _meaning(kernel: Kernel, plan: Plan, words: Words, outlook: Outlook) -> tuple[dict[str, float], Outlook]:
    """Likenesses of the nearest tasks and of the best by words; where a fault comes up, the outlook tells it."""
    if not outlook.able:
        return {}, outlook
    try:
        vector = vector_of(kernel, plan.text)
        found = nearest(kernel, vector, max(POOL, plan.end or _BY_WORDS), plan.scope)
        meaning = {one.task_id: one.likeness for one in found}
        best = sorted(words.shares.by_task, key=lambda one: (-words.shares.by_task[one], one))[:POOL]
        missing = [one for one in dict.fromkeys([*words.exact, *best]) if one not in meaning]
        if missing:
            others = nearest(kernel, vector, len(missing), plan.scope, missing)
            meaning.update((one.task_id, one.likeness) for one in others)
    except EmbedderFault as error:
        if plan.request.mode == SEMANTIC:
            raise
        return {}, Outlook(able=False, reason=f"Found by words alone: {error.message}")
    return meaning, outlook


def _shown(kernel: Kernel, reader: Reader, ranking: Ranking) -> SearchAnswer:
    """The page of a ranking, with the rows as they are now."""
    plan, found, total, unknown, outlook = ranking
    rows = reader.tasks([one.task_id for one in found])
    tasks = {one: task for one, task in rows.items() if fits(plan.scope, task)}
    best = _with_titles(plan, [one for one in found if one.task_id in tasks], tasks)
    page = best[plan.start : plan.end]
    more = plan.end is not None and total > plan.end
    return SearchAnswer(
        tasks=tuple(tasks[one.task_id] for one in page),
        total=total - (len(found) - len(best)),
        hits=tuple(_hit(plan, one, tasks[one.task_id]) for one in page),
        facets=facets(tasks[one.task_id] for one in best[:POOL]),
        mode=plan.request.mode,
        next_cursor=_cursor(plan.end) if more and plan.end is not None else None,
        degraded=not outlook.able and plan.request.mode != TEXT,
        reason=outlook.reason,
        behind=outlook.behind,
        suggestion=_suggestion(kernel, reader, unknown) if unknown else None,
    )


def _with_titles(plan: Plan, found: list[Scored], tasks: dict[str, Task]) -> list[Scored]:
    """The same, those first whose title is the query."""
    if plan.request.mode == SEMANTIC:
        return found
    wanted = plan.text.casefold()
    return ranked(
        scored(one.task_id, one.words, one.meaning, one.exact + EXACT / 2, plan.weight)
        if tasks[one.task_id].title.strip().casefold() == wanted
        else one
        for one in found
    )


def _hit(plan: Plan, one: Scored, task: Task) -> Hit:
    return Hit(one.task_id, one.score, snippets(task, plan.terms), one.parts if plan.request.explain else None)


def _suggestion(kernel: Kernel, reader: Reader, unknown: tuple[str, ...]) -> str | None:
    """The query with its words put right, where no task has any of them."""
    known = vocabulary_of(kernel, reader)
    closest = [known.nearest(word) for word in unknown[:8]]
    return " ".join(new or old for new, old in zip(closest, unknown, strict=False)) if any(closest) else None


def _cursor(offset: int) -> str:
    return urlsafe_b64encode(f"search {offset}".encode()).decode().rstrip("=")


def _offset(cursor: str | None) -> int:
    """Where a page starts. Raises InvalidInput for a text that no search has given out."""
    if cursor is None:
        return 0
    try:
        word, _, number = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode().partition(" ")
    except ValueError:
        word = number = ""
    if word != "search" or not (number.isascii() and number.isdecimal() and len(number) < 10):
        raise InvalidInput("The cursor does not belong to a search.", field="cursor", next="Start without a cursor.")
    return int(number)
