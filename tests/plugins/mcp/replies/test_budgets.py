"""No reply takes more tokens than there is room for, and pages that are cut lose nothing."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counting import tokens
from vespera_core.app.answers import TaskDetail, TaskPage, TreeAnswer, TreeNode
from vespera_core.app.search.answers import Hit, SearchAnswer, Snippet
from vespera_core.model.basics import Micros
from vespera_core.model.task import Task
from vespera_core.ports.format import Comment
from vespera_mcp.replies.cursors import joined, split
from vespera_mcp.replies.telling import told
from vespera_mcp.replies.wanted import FULL, Wanted

NOW = 1_800_000_000_000_000
TEXTS = st.one_of(
    st.text(max_size=300),
    st.sampled_from(
        ["Write the schema", "漢字" * 120, "🎉" * 200, "x\ty\nz", "QUJD" * 200, "\u2028line\u202e", "``````"]
    ),
)
BUDGETS = st.integers(100, 3_000)


def task(number: int, title: str = "Write it", text: str = "") -> Task:
    return Task(f"web-{number}", "web", title, description=text, updated_at=Micros(NOW))


def page(titles: list[str], cursor: str | None = None) -> TaskPage:
    return TaskPage(tuple(task(number, title) for number, title in enumerate(titles)), 1_000, cursor)


@given(st.lists(TEXTS, max_size=60), BUDGETS, st.sampled_from(["concise", FULL]))
def test_lists_fit(titles: list[str], budget: int, detail: str) -> None:
    wanted = Wanted(budget=budget, detail=detail)
    hits = tuple(Hit(f"web-{number}", 1.0, (Snippet("title", title),)) for number, title in enumerate(titles))
    tasks = page(titles).tasks
    for operation, answer in (
        ("task.list", page(titles, "abc")),
        ("task.ready", page(titles)),
        ("task.search", SearchAnswer(tasks, 1_000, hits, {}, "text", "next", suggestion="".join(titles))),
        ("task.tree", TreeAnswer(TreeNode(task(0), tuple(TreeNode(one) for one in tasks)))),
        ("plugin.own", {"rows": [{"title": title, "count": 1} for title in titles], "text": "\n".join(titles)}),
    ):
        assert tokens(told(operation, answer, wanted, now=NOW)) <= budget, operation


@given(st.lists(TEXTS, min_size=4, max_size=4), BUDGETS, st.sampled_from(["concise", FULL]))
def test_a_task_fits(texts: list[str], budget: int, detail: str) -> None:
    title, description, remark, notes = texts
    shown = Task("web-1", "web", title, description=description * 50, notes=notes, metadata={"a": title})
    answer = TaskDetail(shown, True, comments=tuple(Comment(Micros(NOW), "ann", remark) for _ in range(9)))
    assert tokens(told("task.get", answer, Wanted(budget=budget, detail=detail), now=NOW)) <= budget


def walk(titles: list[str], limit: int, budget: int) -> list[str]:
    """The ids that an agent sees who follows the cursors to the end, as the desk asks for pages."""
    seen: list[str] = []
    cursor: str | None = None
    for _ in range(1_000):
        start, skipped = split(cursor)
        first = int(start or 0)
        count = limit + skipped
        after = first + count
        tasks = tuple(task(number, title) for number, title in enumerate(titles))[first:after]
        answer = TaskPage(tasks, len(titles), str(after) if after < len(titles) else None)
        text = told("task.list", answer, Wanted(budget=budget, cursor=cursor), now=NOW)
        seen += re.findall(r"^(web-\d+)\t", text, re.MULTILINE)
        found = re.search(r"next: cursor=(\S+)$", text)
        if found is None:
            return seen
        cursor = found[1]
    raise AssertionError("the cursors lead in a circle")


@given(st.lists(TEXTS, max_size=50), st.integers(1, 30), st.integers(100, 800))
def test_cursors_lead_to_every_task_once(titles: list[str], limit: int, budget: int) -> None:
    assert walk(titles, limit, budget) == [f"web-{number}" for number in range(len(titles))]


def test_signs_of_four_bytes_cut_no_cursor_off() -> None:
    """Found by a seed: they were counted as three."""
    assert walk(["¡" + "𐀀" * 20 + "🎇" * 60, ""], 1, 429) == ["web-0", "web-1"]


@pytest.mark.parametrize(("cursor", "told"), [(None, 0), ("abc", 0), (None, 7), ("abc", 120)])
def test_cursors_carry_how_many_were_told(cursor: str | None, told: int) -> None:
    assert split(joined(cursor, told)) == (cursor, told)


def test_a_usual_list_is_cheap() -> None:
    titles = [f"Add security tests for the permissions of file {number} in the doctor command" for number in range(20)]
    assert tokens(told("task.list", page(titles, "WyJwcmlvcml0eSIsMSwxNzY4MTg0MT"), Wanted(), now=NOW)) <= 600


def test_what_is_left_out_is_said() -> None:
    text = told("task.list", page(["Write the schema"] * 20), Wanted(budget=100), now=NOW)
    assert re.search(r"\(No room for \d+ of them\.\) next: cursor=~\d+$", text)
    text = told("task.get", TaskDetail(task(1, text="word " * 5_000), True), Wanted(detail=FULL, budget=300), now=NOW)
    assert re.search(r"\(Cut: get_task \{\"task_id\":\"web-1\",\"detail\":\"full\",\"budget\":\d+\}\)$", text)


@pytest.mark.parametrize("fields", [("priority", "tags"), ("task_id",), ("due_at", "metadata", "depends_on")])
def test_fields_alone_are_told(fields: tuple[str, ...]) -> None:
    known: dict[str, Any] = {"due_at": Micros(NOW), "tags": ("a", "b"), "metadata": {"k": 1}}
    answer = TaskPage((Task("web-1", "web", "Write it", **known),), 1)
    _, row = told("task.list", answer, Wanted(fields=fields), now=NOW).split("\n")
    assert row.split("\t")[0] == "web-1"
    assert len(row.split("\t")) == 1 + len([one for one in fields if one != "task_id"])
    assert "Write it" not in row
