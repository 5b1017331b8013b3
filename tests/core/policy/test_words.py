"""Capabilities by their words: each operation is under one, and a grant of a word is a grant of what it stands for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from core.policy.conftest import coming_from
from vespera_core.app.application import Vespera
from vespera_core.app.operations import builtin_operations
from vespera_core.app.policy.capabilities import WORDS, fits, is_granted, is_unasked, rule_of
from vespera_core.app.search.requests import SearchTasks
from vespera_core.errors import InvalidInput, PermissionDenied
from vespera_core.ports.operation import Operation

ASKED = {"task_creation", "task_reading", "task_modification", "task_deletion", "search", "file_context"}


def operations() -> list[Operation]:
    """Every operation that is installed here."""
    with Vespera.in_memory(actor="ann") as ledger:
        return list(ledger.kernel.operations.values())


def test_every_operation_is_under_a_word() -> None:
    without = [
        one.name for one in operations()
        if not is_unasked(one) and not any(is_granted(word, one.name, one.action) for word in WORDS)
    ]  # fmt: skip
    assert without == []
    assert set(WORDS) >= ASKED


def test_every_word_and_every_pattern_means_something() -> None:
    shipped, installed = builtin_operations(), operations()
    idle = [
        (word, pattern) for word, patterns in WORDS.items() for pattern in patterns
        if not any(fits(pattern, one.name, one.action) for one in installed)
    ]  # fmt: skip
    assert [pair for pair in idle if pair[1] not in FOR_PLUGINS] == []
    for word in WORDS:
        assert any(is_granted(word, one.name, one.action) for one in shipped), word


FOR_PLUGINS = {"file.*", "editor.*", "webhook.*", "token.*", "plugin.*"}
"""Patterns for operations that other distributions bring."""


def test_what_is_left_to_persons_is_under_words_of_its_own() -> None:
    for one in operations():
        words = [word for word in WORDS if is_granted(word, one.name, one.action)]
        if rule_of(one.name, one.action).who == "person":
            assert set(words) <= {"administration", "approval_decision"}, one.name


Doing = Callable[[Vespera], Any]


@pytest.mark.parametrize(
    ("word", "may", "may_not"),
    [
        ("task_creation", lambda bot: bot.tasks.create_task("x"), lambda bot: bot.tasks.get_task("mem-t")),
        ("task_reading", lambda bot: bot.tasks.get_task("mem-t"), lambda bot: bot.tasks.comment("mem-t", "x")),
        ("task_modification", lambda bot: bot.tasks.comment("mem-t", "x"), lambda bot: bot.tasks.delete_task("mem-t")),
        ("task_deletion", lambda bot: bot.tasks.delete_task("mem-t"), lambda bot: bot.tasks.comment("mem-t", "x")),
        ("search", lambda bot: bot.call("task.search", SearchTasks(text="T")), lambda bot: bot.tasks.get_task("mem-t")),
    ],
)
@pytest.mark.parametrize("project", [None, "mem"])
def test_a_grant_of_a_word(ledger: Vespera, word: str, may: Doing, may_not: Doing, project: str | None) -> None:
    ledger.tasks.create_task("T", task_id="mem-t")
    ledger.access.add_principal("bot")
    bot = coming_from(ledger, "bot")
    with pytest.raises(PermissionDenied):
        may(bot)
    ledger.access.grant("bot", word, project_id=project)
    if project is None or word != "search":  # a search of everything is about no one project
        may(bot)
    with pytest.raises(PermissionDenied):
        may_not(bot)
    ledger.access.revoke("bot", word, project_id=project)
    with pytest.raises(PermissionDenied):
        may(bot)


@pytest.mark.parametrize("wrong", ["task_creatoin", "TASK_CREATION", "task creation", "", "task_creation.x.", "."])
def test_unknown_words_are_refused_with_the_known_ones(ledger: Vespera, wrong: str) -> None:
    ledger.access.add_principal("bot")
    with pytest.raises(InvalidInput) as caught:
        ledger.access.grant("bot", wrong)
    assert all(word in caught.value.message for word in WORDS)


def test_administration_is_nothing_to_an_agent(ledger: Vespera) -> None:
    ledger.access.add_principal("bot")
    ledger.access.grant("bot", "administration")
    with pytest.raises(PermissionDenied, match="leaves it to persons"):
        coming_from(ledger, "bot").access.grant("bot", "*")
    ledger.access.add_principal("eve", kind="person")
    ledger.access.grant("eve", "administration")
    assert coming_from(ledger, "eve").access.grant("bot", "search").grant.action == "search"
