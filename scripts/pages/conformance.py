"""The page of the conformance kit: its suites, what an author writes for each, and every rule that they keep."""

from __future__ import annotations

import ast
import doctest
import inspect
import textwrap
from collections.abc import Iterator
from typing import Any, Final

import vespera_testkit
from pages.backends import TITLES
from pages.words import code, page, prose, table
from vespera_core.ports.capabilities import CAPABILITIES
from vespera_testkit import profiles
from vespera_testkit.conformance import ABSENCE, CAPABILITY, Conformance
from vespera_testkit.guard import is_ours
from vespera_testkit.plugin import FILE

LEAD: Final = """\
[vespera-testkit](../../plugins/vespera-testkit/README.md) is a pytest plugin. The author of a plugin writes one class
for each thing that it offers, and pytest runs every rule of this page that applies. How to write a plugin:
[howto](../howto/write-a-plugin.md); what ships, and which rules it keeps: [back ends](backends.md).

A rule that is for those who declare a capability is not run for others: the report says that it is not offered. A rule
that is for those who do not declare one makes sure that nothing is offered in secret. No rule can be removed or
replaced, except by a method of its name that is marked `pytest.mark.xfail(strict=True, reason=...)`; the report then
counts it as failed."""


def conformance_page() -> str:
    return page("Conformance", LEAD, _parts())


def _parts() -> Iterator[str]:
    yield "## Running it"
    amounts = ", ".join(f"{code(name)} ({count})" for name, count in profiles.EXAMPLES.items())
    yield (
        f"- `{profiles.OPTION} PROFILE`: how many examples each random rule draws: {amounts}. The first two draw the"
        f" same ones in every run.\n"
        f"- `{FILE} FILE`: capabilities and rules with their outcomes, as JSON. A skip is never counted as a pass."
    )
    yield "## For every suite"
    yield prose(inspect.getdoc(Conformance))
    yield _attributes(Conformance)
    for kind, title in TITLES.items():
        suite = next(one for one in _suites() if one.kind == kind)
        yield f"## {title}"
        yield from _suite(suite)


def _suites() -> list[type[Conformance]]:
    found = [getattr(vespera_testkit, name) for name in vespera_testkit.__all__ if name.endswith("Conformance")]
    return [one for one in found if one is not Conformance]


def _suite(suite: type[Conformance]) -> Iterator[str]:
    yield f"### {suite.__name__}"
    text, _, _ = prose(suite.__doc__).partition("\n\n>>>")
    yield text
    examples = doctest.DocTestParser().get_examples(suite.__doc__ or "")
    yield "```python excerpt\n" + "".join(one.source for one in examples).replace("  # doctest: +SKIP", "") + "```"
    if attributes := _attributes(suite):
        yield attributes
    if words := CAPABILITIES.get(suite.kind):
        yield "Capabilities:"
        yield "\n".join(f"- {code(word)}: {promise}" for word, promise in words.items())
    for part in suite.__mro__:
        rules = [rule for name, rule in vars(part).items() if name.startswith("test_")]
        if rules and is_ours(part):
            if part is not suite:
                yield f"**{prose(part.__doc__)}**"
            yield table(("rule", "what it promises", "if it fails"), [_row(rule) for rule in rules])


def _row(rule: Any) -> tuple[str, ...]:
    promise, _, advice = prose(rule.__doc__).partition("If this fails:")
    return code(rule.__name__), _whom(rule) + promise.strip(), advice.strip()


def _whom(rule: Any) -> str:
    """For whom a rule is, where it is not for all."""
    marks = {mark.name: mark.args[0] for mark in getattr(rule, "pytestmark", ()) if mark.args}
    if CAPABILITY in marks:
        return f"With {code(marks[CAPABILITY])}: "
    return f"Without {code(marks[ABSENCE])}: " if ABSENCE in marks else ""


def _attributes(suite: type[Any]) -> str:
    """What a subclass may set: attributes with a word of explanation below them, and fixtures that say so."""
    body = ast.parse(textwrap.dedent(inspect.getsource(suite))).body[0]
    assert isinstance(body, ast.ClassDef)
    lines = []
    for one, below in zip(body.body, [*body.body[1:], None], strict=True):
        if isinstance(one, ast.AnnAssign) and isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant):
            lines.append((ast.unparse(one.target), str(below.value.value)))
        elif isinstance(one, ast.FunctionDef) and "verride it" in (text := ast.get_docstring(one) or ""):
            lines.append((one.name, f"(a fixture) {text}"))
    shown = [
        f"- {code(name)}: {' '.join(prose(text).split())}" for name, text in lines if name not in ("kind", "_empty")
    ]
    return "\n".join(["What a class may set:", "", *shown]) if shown else ""
