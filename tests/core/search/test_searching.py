"""Search through the operation: what is found, filtered, paged and told, and what happens where a part is missing."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from support_embedder import HashEmbedder, use
from vespera_core.app.application import Vespera, init_workspace
from vespera_core.app.requests import Nothing
from vespera_core.app.search.requests import SearchTasks
from vespera_core.app.search.searching import LONGEST, _cursor
from vespera_core.builtin.memory.store import MemoryStorage
from vespera_core.errors import EmbedderFault, EngineFault, InvalidInput, NotFound, VesperaError
from vespera_core.model.basics import Micros
from vespera_core.ports.embedder import Embedder

DAY = 86_400 * 1_000_000


def ids(answer: Any) -> list[str]:
    assert [one.task_id for one in answer.tasks] == [one.task_id for one in answer.hits]
    return [one.task_id for one in answer.tasks]


@pytest.fixture
def filled(ledger: Vespera) -> Vespera:
    """Ten tasks of two projects."""
    ledger.projects.create("web")
    rows = [
        ("t-login", "Login fails after password reset", {"type": "bug", "priority": "high", "tags": ("auth", "now")}),
        ("t-token", "Refresh token expires too early", {"type": "bug", "assignee": "bob", "tags": ("auth",)}),
        ("t-cache", "Cache query results", {"description": "The login page asks the same query again and again."}),
        ("t-export", "Export invoices as spreadsheet", {"role": "dev"}),
        ("t-index", "Slow index rebuild", {"description": "readFile is called for each row; use read_chunk."}),
        ("w-button", "Button colours of the checkout page", {"project_id": "web"}),
        ("w-form", "Form loses input when session expires", {"project_id": "web", "parent_id": "w-button"}),
        ("w-done", "Login page layout", {"project_id": "web", "status": "completed"}),
        ("t-odd", "Größe, 表 and \u202eodd", {}),
        ("t-sql", '\'; DROP TABLE task; -- AND NOT (x OR "y"', {}),
    ]
    for task_id, title, fields in rows:
        ledger.tasks.create_task(title, task_id=task_id, **fields)
    return ledger


# ---------------------------------------------------------------- what is found


def test_words_and_meaning_together(filled: Vespera) -> None:
    answer = filled.search("login password", explain=True)
    assert ids(answer)[0] == "t-login"
    assert set(ids(answer)) >= {"t-login", "t-cache", "w-done"}
    parts = answer.hits[0].parts
    assert parts is not None
    assert 0.85 < parts["words"] <= 1
    assert 0.5 < parts["meaning"] <= 1
    assert (answer.mode, answer.degraded, answer.behind, answer.reason) == ("hybrid", False, 0, None)
    assert [hit.score for hit in answer.hits] == sorted((hit.score for hit in answer.hits), reverse=True)


def test_each_mode_alone(filled: Vespera) -> None:
    text = filled.search("expires", mode="text", explain=True)
    assert set(ids(text)) == {"t-token", "w-form"}
    assert text.total == 2
    assert all(hit.parts is not None and hit.parts["meaning"] == 0 for hit in text.hits)
    semantic = filled.search("expires early token", mode="semantic", explain=True)
    assert ids(semantic)[0] == "t-token"
    assert all(hit.parts is not None and hit.parts["words"] == 0 for hit in semantic.hits)


def test_snippets_mark_the_words(filled: Vespera) -> None:
    hit = filled.search("query", mode="text").hits[0]
    assert hit.task_id == "t-cache"
    marked = [(one.field, one.text[a:b]) for one in hit.snippets for a, b in one.marks]
    assert marked == [("title", "query"), ("description", "query")]


def test_what_was_just_written_is_found(filled: Vespera) -> None:
    assert "t-new" not in ids(filled.search("hedgehog garden"))
    filled.tasks.create_task("Hedgehog in the garden", task_id="t-new")
    answer = filled.search("hedgehog garden")
    assert ids(answer)[0] == "t-new"
    assert answer.behind == 0
    filled.tasks.update_task("t-new", title="Squirrel on the roof")
    assert "t-new" not in ids(filled.search("hedgehog garden"))
    assert ids(filled.search("squirrel"))[0] == "t-new"
    filled.tasks.delete_task("t-new")
    assert "t-new" not in ids(filled.search("squirrel"))


def test_rows_are_those_of_now(filled: Vespera) -> None:
    """A lease is renewed without an event, so no cached answer may show it."""
    filled.tasks.claim("t-cache", lease_seconds=60)
    before = filled.search("cache").tasks[0].lease_until
    filled.tasks.heartbeat("t-cache", lease_seconds=600)
    after = filled.search("cache").tasks[0].lease_until
    assert before is not None
    assert after is not None
    assert after > before


@pytest.mark.parametrize("mode", ["hybrid", "text"])
def test_an_id_as_query(filled: Vespera, mode: str) -> None:
    assert ids(filled.search("t-export", mode=mode))[0] == "t-export"
    assert ids(filled.search("see w-form please", mode=mode))[0] == "w-form"
    assert set(ids(filled.search("w-bu", mode=mode))[:1]) == {"w-button"}
    assert "w-form" not in ids(filled.search("w-form", mode=mode, project_id="mem"))


def test_the_exact_title_comes_first(filled: Vespera) -> None:
    filled.tasks.create_task("Login page layout login page layout login", task_id="t-loud")
    assert ids(filled.search("login PAGE layout"))[0] == "w-done"


def test_identifiers_are_found_by_their_parts(filled: Vespera) -> None:
    for query in ("readFile", "read_chunk", "chunk"):
        assert ids(filled.search(query, mode="text"))[0] == "t-index"


def test_a_misspelt_word_gets_a_suggestion(filled: Vespera) -> None:
    answer = filled.search("paswsord", mode="text")
    assert answer.tasks == ()
    assert answer.suggestion == "password"
    assert filled.search("qqqqqqqq", mode="text").suggestion is None


# ---------------------------------------------------------------- filters, facets, pages


FILTERS: dict[str, tuple[dict[str, Any], Callable[[Any], bool]]] = {
    "project": ({"project_id": "web"}, lambda task: task.project_id == "web"),
    "status": ({"status": ("completed",)}, lambda task: task.status == "completed"),
    "open": ({"open": True}, lambda task: task.closed_at is None),
    "type": ({"type": ("bug",)}, lambda task: task.type == "bug"),
    "priority": ({"priority": ("P1",)}, lambda task: task.priority == "high"),
    "tags": ({"tags": ("auth", "now")}, lambda task: {"auth", "now"} <= set(task.tags)),
    "role": ({"role": "dev"}, lambda task: task.role == "dev"),
    "assignee": ({"assignee": "bob"}, lambda task: task.assignee == "bob"),
    "parent": ({"parent_id": "w-button"}, lambda task: task.parent_id == "w-button"),
}


@pytest.mark.parametrize("mode", ["hybrid", "text", "semantic"])
@pytest.mark.parametrize("name", FILTERS)
def test_filters(filled: Vespera, name: str, mode: str) -> None:
    chosen, fit = FILTERS[name]
    query = "login page session expires token export form"
    every = filled.search(query, mode=mode, limit=0)
    found = filled.search(query, mode=mode, limit=0, **chosen)
    assert set(ids(found)) == {task.task_id for task in every.tasks if fit(task)}
    assert found.tasks


@pytest.mark.parametrize("mode", ["hybrid", "text", "semantic"])
def test_bounds_of_time(ledger: Vespera, clock: Any, mode: str) -> None:
    for number in range(4):
        ledger.tasks.create_task(f"Report number {number}", task_id=f"t-{number}")
        clock.at += DAY
    ledger.tasks.update_task("t-0", notes="read again")
    start = clock.at - 4 * DAY

    def found(**bounds: int) -> set[str]:
        answer = ledger.search("report number", mode=mode, **{name: Micros(at) for name, at in bounds.items()})
        return set(ids(answer))

    assert found(created_after=start + DAY, created_before=start + 3 * DAY) == {"t-1", "t-2"}
    assert found(updated_after=start + 3 * DAY) == {"t-0", "t-3"}
    assert found(updated_before=start + 2 * DAY) == {"t-1"}


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"text": ""}, InvalidInput),
        ({"text": " \n\t"}, InvalidInput),
        ({"text": "x\x00y"}, InvalidInput),
        ({"text": "\udc80"}, InvalidInput),
        ({"text": "x" * (LONGEST + 1)}, InvalidInput),
        ({"text": "x", "mode": "magic"}, InvalidInput),
        ({"text": "x", "status": ("nonsense",)}, InvalidInput),
        ({"text": "x", "priority": ("nonsense",)}, InvalidInput),
        ({"text": "x", "project_id": "nowhere"}, NotFound),
        ({"text": "x", "parent_id": "nobody"}, NotFound),
        ({"text": "x", "limit": -1}, InvalidInput),
        ({"text": "x", "limit": True}, InvalidInput),
        ({"text": "x", "cursor": "nonsense"}, InvalidInput),
        ({"text": "x", "cursor": "\u00e4"}, InvalidInput),
        ({"text": "x", "created_after": 10**30}, InvalidInput),
    ],
    ids=str,
)
def test_what_is_refused(filled: Vespera, fields: dict[str, Any], error: type[VesperaError]) -> None:
    with pytest.raises(error) as caught:
        filled.call("task.search", SearchTasks(**fields))
    assert caught.value.next


@pytest.mark.parametrize("mode", ["hybrid", "text", "semantic"])
@pytest.mark.parametrize(
    "text", ["a", "?", "...", "🦔", "' OR 1=1 --", '"', "*", "NEAR(a b)", "\u202e", "ß", "表", "-x", "a:b", "\n x \n"]
)
def test_odd_queries_have_answers(filled: Vespera, text: str, mode: str) -> None:
    answer = filled.search(text, mode=mode)
    assert answer.total >= len(answer.tasks)
    assert not answer.degraded


def test_odd_texts_are_found(filled: Vespera) -> None:
    assert "t-odd" in ids(filled.search("größe", mode="text"))
    assert "t-odd" in ids(filled.search("表", mode="text"))
    assert "t-sql" in ids(filled.search("DROP TABLE", mode="text"))


def test_a_long_query_takes_bounded_work(filled: Vespera) -> None:
    """The words that count are few, whatever the length: ten times the text must not take ten times as long."""
    words = " ".join(f"login page{number} session" for number in range(10_000))
    short = _cost(lambda: filled.search(words[:10_000]))
    long = _cost(lambda: filled.search(words[:100_000]))
    assert ids(filled.search(words[:100_000]))
    assert long < 10 * short + 0.5


def _cost(action: Callable[[], object]) -> float:
    started = time.process_time()
    action()
    return time.process_time() - started


def test_pages_are_the_whole(filled: Vespera) -> None:
    whole = ids(filled.search("login page expires", limit=0))
    assert len(whole) > 3
    found: list[str] = []
    cursor = None
    while True:
        page = filled.search("login page expires", limit=2, cursor=cursor)
        assert page.total == len(whole)
        found += ids(page)
        cursor = page.next_cursor
        if cursor is None:
            break
    assert found == whole
    assert ids(filled.search("login", cursor=_cursor(1000))) == []


def test_facets_count_the_candidates(filled: Vespera) -> None:
    answer = filled.search("login page", limit=1)
    assert sum(answer.facets["project"].values()) == answer.total
    assert set(answer.facets) == {"project", "status", "type", "priority", "role", "tag"}
    assert answer.facets["status"]["completed"] == 1


def test_equal_questions_have_equal_answers(filled: Vespera) -> None:
    first, again = filled.search("login page"), filled.search("login page")
    assert (first.tasks, first.hits, first.facets) == (again.tasks, again.hits, again.facets)
    assert filled.search.metrics().cached > 0


# ---------------------------------------------------------------- what is missing


class Broken(HashEmbedder):
    """A model that fails, at once or after some texts."""

    def __init__(self, texts: int = 0) -> None:
        self.left = texts

    def embed(self, texts: Sequence[str]) -> Any:
        self.left -= len(texts)
        if self.left < 0:
            raise RuntimeError("out of order")
        return super().embed(texts)


def test_a_broken_model_leaves_the_words(filled: Vespera) -> None:
    use(filled, Broken())
    answer = filled.search("login password")
    assert ids(answer)[0] == "t-login"
    assert answer.degraded
    assert "out of order" in str(answer.reason)
    with pytest.raises(EmbedderFault, match="out of order"):
        filled.search("login", mode="semantic")
    assert filled.search.metrics().degraded > 0


@pytest.mark.parametrize("model", ["nonsense", "auto"])
def test_a_missing_model_leaves_the_words(model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from vespera_core.app.application import open_kernel, system_clock
    from vespera_core.app.config import Settings
    from vespera_core.ports.access import Caller

    settings = Settings(storage="memory", project="mem", embedder=model, allow=())
    with Vespera(open_kernel(settings, None, system_clock), Caller(actor="ann")) as ledger:
        ledger.tasks.create_task("Login fails", task_id="t-login")
        answer = ledger.search("login")
        assert ids(answer) == ["t-login"]
        assert answer.degraded
        assert answer.reason
        with pytest.raises(VesperaError) as caught:
            ledger.search("login", mode="semantic")
        assert caught.value.next
        assert ledger.search("login", mode="text").degraded is False
        made = ledger.call("task.create", _create("Login fails", "warn"))
        assert [one.task_id for one in made.similar] == ["t-login"], "the same title needs no model"


def test_a_named_index_that_is_not_installed_is_stood_in_for_and_asked_for(tmp_path: Path) -> None:
    init_workspace(tmp_path, prefix="t", actor="ann")
    with Vespera.open(tmp_path, vectors="nosuchindex") as ledger:
        ledger.tasks.create_task("Login fails", task_id="t-login")
        answer = ledger.search("login")
        assert (ids(answer), answer.degraded) == (["t-login"], False)
        assert str(answer.reason).startswith("vectors 'nosuchindex' is not offered by any plugin; on offer: exact (")
        assert str(answer.reason).endswith(
            "Exact answers instead. Install the plugin that brings 'nosuchindex', or name one that is on offer."
            " To do without it: 'vespera config set vectors exact'."
        )
        assert ledger.search("login", mode="text").reason is None
        assert ledger.search("login", mode="semantic").reason == answer.reason
        findings = ledger.call("system.doctor", Nothing()).findings
        assert [one.message for one in findings if one.check == "index vectors"] == [answer.reason]


def _create(title: str, how: str) -> Any:
    from vespera_core.app.requests import CreateTask

    return CreateTask(title=title, if_similar=how)


def test_a_broken_index_leaves_the_exact_one(filled: Vespera, monkeypatch: pytest.MonkeyPatch) -> None:
    filled.search("login")

    class Index:
        def nearest(self, *_: Any, **__: Any) -> Any:
            raise EngineFault("the index is damaged")

        def close(self) -> None:
            pass

    monkeypatch.setitem(filled.kernel.engines._open, "vectors", Index())
    answer = filled.search("login password fails", mode="semantic")
    assert ids(answer)[0] == "t-login"
    assert not answer.degraded


def test_an_index_may_name_what_is_gone(filled: Vespera, monkeypatch: pytest.MonkeyPatch) -> None:
    """An index is a copy: what it names is looked up in the primary store, and left out where it does not fit."""
    from vespera_core.ports.vectors import Neighbour

    class Index:
        def nearest(self, *_: Any, **__: Any) -> list[Neighbour]:
            return [Neighbour("nobody", 0.9, 1), Neighbour("w-done", 0.8, 1), Neighbour("t-login", 0.7, 1)]

        def close(self) -> None:
            pass

    monkeypatch.setitem(filled.kernel.engines._open, "vectors", Index())
    answer = filled.search("anything at all", mode="semantic", open=True)
    assert ids(answer) == ["t-login"]
    assert answer.total == 1


class Slow(HashEmbedder):
    """A model that takes its time."""

    model_id = "slow@tests"

    def embed(self, texts: Sequence[str]) -> Any:
        time.sleep(0.02 * len(texts))
        return super().embed(texts)


def test_what_is_not_embedded_yet_is_told_and_found_by_words(ledger: Vespera) -> None:
    from dataclasses import replace

    ledger.tasks.create_task_tree([{"title": f"Login number {number}"} for number in range(250)])
    settings = ledger.kernel.settings
    assert settings is not None
    ledger.kernel.settings = replace(settings, providers={"search": {"wait_seconds": 0}})
    use(ledger, Slow())
    answer = ledger.search("login number 249")
    assert answer.behind > 0
    assert answer.tasks[0].title == "Login number 249"


def test_a_model_without_words_for_the_query(filled: Vespera) -> None:
    assert filled.search("x y z", mode="semantic").total == 0


def test_memory_and_file_agree(filled: Vespera) -> None:
    """Which store it is shows in no answer but the fine print of scores."""
    found = ids(filled.search("login password reset"))
    assert found[0] == "t-login"
    assert isinstance(filled.kernel.storage, MemoryStorage) or filled.folder is not None
    assert isinstance(filled.kernel.engines.embedder(), Embedder)
