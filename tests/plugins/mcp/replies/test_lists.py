"""Lists as agents read them: a header, named columns, one line a task."""

from __future__ import annotations

from counting import tokens
from plugins.mcp.replies.making import CONCISE, HOSTILE, NOW, later, task
from vespera_core.app.answers import Reason, TaskPage, TreeAnswer, TreeNode, WaitingPage, WaitingTask
from vespera_core.app.search.answers import SearchAnswer
from vespera_mcp.replies.telling import told
from vespera_mcp.replies.wanted import Wanted

FIRST = task("bd-1", priority="critical", assignee="ann")
SECOND = task("bd-2", title="Say when it is due", status="in_progress", lease_owner="bob", lease_until=later(12))


def test_ready_tasks() -> None:
    page = TaskPage((FIRST, SECOND), 13, "CURSOR")
    assert told("task.ready", page, CONCISE, now=NOW) == (
        "2 of 13 ready tasks, most urgent first\n"
        "id\tstatus\tpri\ttitle\tnote\n"
        "bd-1\tpending\tP0\tFix the parser of dates\tfor ann\n"
        "bd-2\tin_progress\tP2\tSay when it is due\theld by bob in 12m\n"
        "next: cursor=CURSOR"
    )


def test_a_column_that_says_nothing_is_left_out() -> None:
    assert told("task.list", TaskPage((task(),), 1), CONCISE, now=NOW) == (
        "1 task\nid\tstatus\tpri\ttitle\nbd-1\tpending\tP2\tFix the parser of dates"
    )


def test_nothing_to_tell() -> None:
    assert told("task.list", TaskPage((), 0), CONCISE, now=NOW) == "0 tasks"


def test_nothing_is_ready() -> None:
    assert told("task.ready", TaskPage((), 0), CONCISE, now=NOW) == "0 ready tasks"


def test_an_empty_page_still_leads_on() -> None:
    wanted = Wanted(cursor="3+STORE")
    assert told("task.list", TaskPage((FIRST,), 9, "CURSOR"), wanted, now=NOW) == "0 of 9 tasks\nnext: cursor=CURSOR"


def test_the_facts_that_were_asked_for() -> None:
    wanted = Wanted(fields=("title", "tags", "updated_at", "depends_on"))
    page = TaskPage((task(tags=("a", "b")), SECOND), 2)
    assert told("task.list", page, wanted, now=NOW) == (
        "2 tasks\nid\ttitle\ttags\tupdated_at\n"
        "bd-1\tFix the parser of dates\ta,b\t2026-11-23T12:00:00Z\n"
        "bd-2\tSay when it is due\t\t2026-11-23T12:00:00Z"
    )


def test_all_detail() -> None:
    page = TaskPage((task(type="bug", role="coder", description="Dates of\nleap years."),), 1)
    assert told("task.list", page, Wanted(detail="full"), now=NOW) == (
        "1 task\nid\tstatus\tpri\ttitle\ttype\trole\tupdated_at\tdescription\n"
        "bd-1\tpending\tP2\tFix the parser of dates\tbug\tcoder\t2026-11-23T12:00:00Z\tDates of leap years."
    )


def test_waiting_tasks_say_for_what() -> None:
    reasons = (Reason("depends_on", "It depends on bd-9.", "bd-9"), Reason("deferred", "It is deferred."))
    assert told("task.blocked", WaitingPage((WaitingTask(task(), reasons),), 1), CONCISE, now=NOW).endswith(
        "\ttitle\twaits_for\nbd-1\tpending\tP2\tFix the parser of dates\tdepends_on bd-9, It is deferred."
    )


def test_a_search_says_what_it_could_not_do() -> None:
    answer = SearchAnswer((), 0, (), {}, "text", degraded=True, reason="no model", suggestion="parser")
    assert told("task.search", answer, CONCISE, now=NOW) == "0 tasks\nby words alone: no model\ndid you mean: parser"


def test_a_tree_shows_depth_by_dots() -> None:
    tree = TreeNode(FIRST, (TreeNode(SECOND, (TreeNode(task("bd-3", title="End"), repeated=True),)),))
    assert told("task.tree", TreeAnswer(tree), CONCISE, now=NOW).split("\n")[1:] == [
        "id\tstatus\tpri\ttitle\tnote",
        "bd-1\tpending\tP0\tFix the parser of dates\tfor ann",
        ".bd-2\tin_progress\tP2\tSay when it is due\theld by bob in 12m",
        "..bd-3*\tpending\tP2\tEnd\t",
    ]


def test_a_hostile_title_stays_in_its_cell() -> None:
    page = TaskPage(tuple(task(f"bd-{place}", title=title) for place, title in enumerate(HOSTILE)), len(HOSTILE))
    for detail in ("concise", "full"):
        lines = told("task.list", page, Wanted(detail=detail, budget=25_000), now=NOW).splitlines()
        assert [line.split("\t")[0] for line in lines[2:]] == [f"bd-{place}" for place in range(len(HOSTILE))]
        assert {line.count("\t") for line in lines[1:]} == {lines[1].count("\t")}
        assert all(line.replace("\t", "").replace("\u200d", "").isprintable() for line in lines)


def test_a_small_budget_cuts_the_page_and_leads_on_behind_its_last_line() -> None:
    page = TaskPage(tuple(task(f"bd-{place}") for place in range(20)), 20)
    lines = told("task.list", page, Wanted(budget=150), now=NOW).split("\n")
    count = len(lines) - 3
    assert 0 < count < 20
    assert lines[-1] == f"next: cursor={count}+"
    following = told("task.list", page, Wanted(budget=150, cursor=f"{count}+"), now=NOW).split("\n")
    assert following[2].split("\t")[0] == f"bd-{count}"


def test_a_usual_list_is_cheap() -> None:
    titles = [f"Add security tests for the permissions of file {number} in the doctor command" for number in range(20)]
    page = TaskPage(tuple(task(f"web-{number}", title=title) for number, title in enumerate(titles)), 1_000, "Wy" * 30)
    assert tokens(told("task.list", page, CONCISE, now=NOW)) <= 600


def test_signs_of_four_bytes_cut_no_cursor_off() -> None:
    page = TaskPage((task("web-0", title="¡" + "𐀀" * 20 + "🎇" * 60),), 2, "1")
    assert told("task.list", page, Wanted(budget=100), now=NOW).endswith("\nnext: cursor=1")
