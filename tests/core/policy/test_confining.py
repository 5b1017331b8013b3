"""What a member of one project learns about another through any operation at all: nothing.

The projects are tied together in every way that there is; all that stands in the other one says so in its text.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import MISSING, fields
from typing import Any

import pytest

from core.policy.conftest import coming_from
from vespera_core.app.application import Vespera
from vespera_core.app.context.requests import TaskContext
from vespera_core.app.graph.requests import AskPicture, AskWhatIf
from vespera_core.app.operations import builtin_operations
from vespera_core.app.policy.capabilities import rule_of
from vespera_core.app.requests import CreateTask, CreateTasks, ListTasks, PlannedTask, Relate, TaskRef
from vespera_core.app.runs.requests import RunRef, StartRun
from vespera_core.errors import PermissionDenied, VesperaError
from vespera_core.model.public import public
from vespera_core.ports.operation import Operation, resolve

SECRET = "zebra"
OPERATIONS = {one.name: one for one in builtin_operations()}
READING = sorted(name for name, one in OPERATIONS.items() if one.kind != "write")


@pytest.fixture
def tied(ledger: Vespera) -> Vespera:
    """Tasks of mem and of web that hang on each other; everything of web says zebra."""
    ledger.call("project.create", project_of("zebra-farm"))
    home, web = ledger.tasks, "zebra-farm"
    for place, project, title in (("mem-top", "mem", "Top"), ("zebra-top", web, f"{SECRET} top")):
        home.create_task(title, task_id=place, project_id=project, description=title, type="epic")
    rows = [
        ("mem-one", "mem", "One", "zebra-top", ()),
        ("zebra-one", web, f"{SECRET} one", "mem-top", ()),
        ("zebra-need", web, f"{SECRET} need", None, ()),
        ("mem-two", "mem", "Two zebra crossings are mine", "mem-top", ("zebra-need", "mem-one")),
        ("zebra-waits", web, f"{SECRET} waits", None, ("mem-two", "mem-one")),
        ("mem-same", "mem", "The same thing altogether", None, ()),
        ("zebra-same", web, "The same thing altogether", None, ()),
    ]
    for task_id, project, title, parent, needs in rows:
        text = f"{SECRET} inside" if project == web else "inside"
        home.create_task(title, task_id=task_id, project_id=project, parent_id=parent, depends_on=needs,
                         description=text, assignee=f"{SECRET}-keeper" if project == web else "bob",
                         tags=(SECRET,) if project == web else (), estimate_minutes=60)  # fmt: skip
    for kind, source, target in (("relates_to", "mem-one", "zebra-one"), ("duplicates", "zebra-one", "mem-one")):
        ledger.call("relation.add", Relate(source=source, target=target, kind=kind))
    home.comment("zebra-need", f"{SECRET} remark")
    for task_id in ("mem-same", "zebra-same"):
        ledger.call("run.start", StartRun(task_id=task_id))
    ledger.access.add_principal("bot")
    ledger.access.add_member("bot", "everything", project_id="mem")
    return ledger


def project_of(project_id: str) -> Any:
    from vespera_core.app.requests import CreateProject

    return CreateProject(project_id=project_id, name=f"{SECRET} farm", description=SECRET)


@pytest.fixture
def bot(tied: Vespera) -> Vespera:
    """A member of mem, from elsewhere."""
    return coming_from(tied, "bot")


VALUES: dict[str, tuple[Any, ...]] = {
    "task_id": ("mem-one", "mem-two", "mem-top", "mem-same", "zebra-need", "zebra-", "zebra-nothing", "mem-nothing"),
    "project_id": (None, "mem", "zebra-farm", "zebra-nothing"),
    "parent_id": (None, "mem-top", "zebra-top", "zebra-to"),
    "run_id": ("mem-same", "zebra-same"),
    "first": ("mem-two",),
    "second": ("mem-one", "zebra-need"),
    "around": (None, "mem-two", "zebra-need"),
    "text": ("same", "zebra", "MATCH (a) RETURN a"),
    "role": ("only-testing",),
    "changes": (({"kind": "complete", "task_id": "mem-one"},), ({"kind": "complete", "task_id": "zebra-need"},)),
    "complete": (True,),
    "delete": (True,),
    "if_similar": ("warn", "refuse", "return_existing"),
    "path": ("/nowhere/at/all",),
    "event": tuple(str(one) for one in range(1, 30)),
}


UNANSWERED = {
    name for name, one in OPERATIONS.items() if rule_of(name, one.action).who == "person"
} | {
    "dependency.cycles", "graph.cycles", "search.suggest", "system.stats",  # about no one project
    "graph.backtest", "graph.query", "search.feedback", "guard.check", "guard.diff", "role.check", "role.get",
    "role.validate", "task.reveal",  # ask for more than there is here
}  # fmt: skip


def requests_of(operation: Operation) -> Iterator[Any]:
    """Requests with all combinations of what names something, and defaults for the rest."""
    kind = resolve(operation.input)
    asked: list[dict[str, Any]] = [{}]
    for spec in fields(kind):
        if spec.name in VALUES and not (spec.name == "role" and spec.default is not MISSING):
            asked = [{**one, spec.name: value} for one in asked for value in VALUES[spec.name]]
        elif spec.default is MISSING and spec.default_factory is MISSING:
            asked = [{**one, spec.name: "x"} for one in asked]
    yield from (kind(**one) for one in asked)


def told(ledger: Vespera, name: str, request: Any) -> str:
    """All that a call says, be it an answer or an error, but for what the caller said, and wrote."""
    try:
        said = json.dumps(public(ledger.call(name, request)), default=str)
    except VesperaError as error:
        said = json.dumps(error.as_json(), default=str)
    for value in (getattr(request, one.name) for one in fields(request)):
        if isinstance(value, str) and SECRET in value:
            said = said.replace(value, "")
    return said.replace("Two zebra crossings are mine", "")


@pytest.mark.parametrize("name", READING)
def test_no_answer_and_no_error_says_anything_of_another_project(bot: Vespera, name: str) -> None:
    answered = 0
    for request in requests_of(OPERATIONS[name]):
        said = told(bot, name, request)
        assert SECRET not in said.casefold(), (name, request, said)
        answered += '"next": ' not in said
    assert answered or name in UNANSWERED, name


def test_what_is_elsewhere_and_what_is_nowhere_are_refused_alike(bot: Vespera) -> None:
    for name in READING:
        if "task_id" not in resolve(OPERATIONS[name].input).__dataclass_fields__:
            continue
        for there, nowhere in (("zebra-need", "zebra-noth"), ("zebra-one", "zebra-oneX")):
            answers = []
            for task_id in (there, nowhere):
                request = next(
                    one for one in requests_of(OPERATIONS[name])
                    if one.task_id == "mem-one" and getattr(one, "project_id", None) is None
                )  # fmt: skip
                from dataclasses import replace

                answers.append(told(bot, name, replace(request, task_id=task_id)))
            assert answers[0] == answers[1], name


def test_a_member_sees_that_its_task_waits_for_something_elsewhere(bot: Vespera) -> None:
    found = bot.call("task.get", TaskRef(task_id="mem-two"))
    assert [(one.kind, one.task_id) for one in found.waits_for] == [("blocker", "mem-one"), ("blocker", None)]
    assert found.waits_for[1].message == "It waits for a task of another project."
    assert found.task.depends_on == ("mem-one",)
    assert "another project" in bot.call("task.context", TaskContext(task_id="mem-two")).text


def test_whoever_is_held_to_nothing_sees_it_all(tied: Vespera) -> None:
    assert tied.call("task.get", TaskRef(task_id="mem-two")).task.depends_on == ("mem-one", "zebra-need")
    tied.access.grant("bot", "task_reading")
    everywhere = coming_from(tied, "bot")
    assert everywhere.call("task.get", TaskRef(task_id="mem-two")).task.depends_on == ("mem-one", "zebra-need")
    assert everywhere.call("task.list", ListTasks(project_id="zebra-farm")).total == 5
    tied.access.revoke("bot", "task_reading")
    tied.access.add_member("bot", "everything", project_id="zebra-farm")
    assert everywhere.call("task.get", TaskRef(task_id="mem-two")).task.depends_on == ("mem-one", "zebra-need")


@pytest.mark.parametrize(
    "request_",
    [
        CreateTask(title="x", project_id="mem", depends_on=("zebra-need",)),
        CreateTask(title="x", project_id="mem", relations=(("relates_to", "zebra-need"),)),
        CreateTask(title="x", project_id="mem", depends_on=("zebra-nothing",)),
        CreateTasks(tasks=(PlannedTask(title="x", project_id="mem", children=(
            PlannedTask(title="y", depends_on=("zebra-need",)),)),)),
        AskPicture(project_id="mem", around="zebra-need"),
        AskWhatIf(project_id="mem", changes=({"kind": "complete", "task_id": "zebra-need"},)),
        RunRef(run_id="zebra-same"),
    ],
)  # fmt: skip
def test_nothing_elsewhere_is_referred_to(tied: Vespera, bot: Vespera, request_: Any) -> None:
    name = next(one.name for one in OPERATIONS.values() if resolve(one.input) is type(request_))
    with tied.kernel.storage.read() as reader:
        before = reader.position()
    with pytest.raises(PermissionDenied, match="nothing in mem"):
        bot.call(name, request_)
    with tied.kernel.storage.read() as reader:
        assert reader.position() == before


def test_a_tree_may_refer_to_what_it_makes(bot: Vespera) -> None:
    second = PlannedTask(title="b", key="b", depends_on=("mem-x", "x"))
    tree = CreateTasks(tasks=(PlannedTask(title="a", key="a", project_id="mem", children=(second,)),
                              PlannedTask(title="x", task_id="mem-x", key="x", project_id="mem")))  # fmt: skip
    assert len(bot.call("task.create_many", tree).tasks) == 3


@pytest.mark.parametrize("choice", ["warn", "refuse", "return_existing"])
def test_what_is_alike_elsewhere_is_not_named(tied: Vespera, bot: Vespera, choice: str) -> None:
    request = CreateTask(title="zebra need", if_similar=choice, project_id=None, parent_id="mem-top")
    answer = bot.call("task.create", request)
    assert answer.created
    assert answer.similar == ()
