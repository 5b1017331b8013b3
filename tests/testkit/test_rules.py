"""Every rule of the kit says what it promises, in a sentence that its page can show."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

import vespera_testkit
from vespera_testkit.guard import rules_of

RULES = [
    pytest.param(rule, id=f"{name}-{rule.__name__}")
    for name in vespera_testkit.__all__
    if name.endswith("Conformance")
    for rule in rules_of(getattr(vespera_testkit, name)).values()
]


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_says_what_it_promises(rule: Any) -> None:
    promise, _, advice = inspect.cleandoc(rule.__doc__ or "").partition("\n\nIf this fails: ")
    assert promise.endswith(".")
    assert not promise.startswith("If this fails")
    assert not advice or advice.endswith(".")
    assert "If this fails" not in promise + advice


def test_there_are_rules() -> None:
    assert len(RULES) > 200
