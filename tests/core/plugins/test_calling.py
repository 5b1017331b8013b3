"""Calling hooks: identity is kept, wrappers apply, and a plugin that raises harms nobody else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pluggy
import pytest

from vespera_core import hookspecs
from vespera_core.plugins.manager import Plugins
from vespera_core.plugins.turns import turns

if TYPE_CHECKING:
    from tests.core.plugins.conftest import Site

GOOD = """
@hookimpl
def vespera_storages():
    return SimpleNamespace(name="good")
"""


def names(pairs: list[tuple[str, Any]]) -> list[tuple[str, str]]:
    """Plugin names with the names of their items."""
    return [(plugin, item.name) for plugin, item in pairs]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("None", []),
        ("SimpleNamespace(name='x')", ["x"]),
        ("[SimpleNamespace(name='x'), SimpleNamespace(name='y')]", ["x", "y"]),
        ("(SimpleNamespace(name=n) for n in 'xy')", ["x", "y"]),
        ("[None, SimpleNamespace(name='x')]", ["x"]),
        ("()", []),
    ],
)
def test_collect_flattens_what_a_plugin_answers(site: Site, answer: str, expected: list[str]) -> None:
    site.install("acme-one", "1.0", f"@hookimpl\ndef vespera_storages():\n    return {answer}\n")
    assert names(Plugins.load().collect("vespera_storages")) == [("one", name) for name in expected]


def test_texts_and_mappings_are_single_items(site: Site) -> None:
    site.install("acme-one", "1.0", "@hookimpl\ndef vespera_storages():\n    return 'word'\n")
    site.install("acme-two", "1.0", "@hookimpl\ndef vespera_storages():\n    return {'a': 1}\n")
    assert Plugins.load().collect("vespera_storages") == [("one", "word"), ("two", {"a": 1})]


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("raise ValueError('boom')", "ValueError: boom"),
        ("raise SystemExit(4)", "RuntimeError: it tried to end the process with 4"),
        ("yield SimpleNamespace(name='x'); raise ValueError('late')", "ValueError: late"),
        ("yield SimpleNamespace(name='x'); raise SystemExit(4)", "SystemExit: 4"),
    ],
)
def test_a_raising_plugin_is_isolated(site: Site, body: str, text: str) -> None:
    site.install("acme-bad", "1.0", f"@hookimpl\ndef vespera_storages():\n    {body}\n")
    site.install("vespera-good", "0.3.0", GOOD)
    plugins = Plugins.load()
    assert names(plugins.collect("vespera_storages")) == [("good", "good")]
    status = plugins.status("bad")
    assert status.status == "failed"
    assert status.reason == f"plugin 'bad' (acme-bad 1.0) failed in vespera_storages: {text}."
    assert status.next == "Report it to the authors of acme-bad, or block it with VESPERA_BLOCK=bad."
    assert status in plugins.statuses


def test_a_plugin_that_failed_in_one_hook_keeps_its_policy(site: Site) -> None:
    code = """
    @hookimpl
    def vespera_storages():
        raise ValueError("boom")
    @hookimpl
    def vespera_authorize(request):
        return f"denied: {request}"
    """
    site.install("acme-bad", "1.0", code)
    plugins = Plugins.load()
    plugins.collect("vespera_storages")
    assert list(plugins.call_each("vespera_authorize", request="r")) == [("bad", "denied: r")]


def test_call_each_keeps_identity_and_errors_and_changes_no_status(site: Site) -> None:
    veto = "@hookimpl\ndef vespera_before_write(change, snapshot):\n    raise LookupError(change)\n"
    site.install("acme-veto", "1.0", veto)
    site.install("acme-calm", "1.0", "@hookimpl\ndef vespera_before_write(snapshot): ...\n")
    plugins = Plugins.load()
    (calm, nothing), (name, error) = plugins.call_each("vespera_before_write", change="c", snapshot=None)
    assert (calm, nothing, name, repr(error)) == ("calm", None, "veto", "LookupError('c')")
    assert plugins.status("veto").status == "loaded"
    assert plugins.fail("veto", "vespera_before_write", error).status == "failed"


def test_call_each_is_lazy(site: Site) -> None:
    count = "calls = []\n@hookimpl\ndef vespera_storages():\n    calls.append(1)\n    return calls\n"
    site.install("acme-a", "1.0", count)
    site.install("acme-b", "1.0", count)
    import acme_b

    plugins = Plugins.load()
    next(plugins.call_each("vespera_storages"))
    assert acme_b.calls == []


WRAPPER = """
@hookimpl(wrapper=True)
def vespera_storages():
    answers = yield
    for answer in answers:
        answer.name += "+"
    return answers
"""


def test_wrappers_of_other_plugins_apply(site: Site) -> None:
    site.install("acme-wrap", "1.0", WRAPPER)
    site.install("vespera-good", "0.3.0", GOOD)
    site.install("vespera-two", "0.3.0", GOOD)
    assert names(Plugins.load().collect("vespera_storages")) == [("good", "good+"), ("two", "good+")]


@pytest.mark.parametrize("body", ["yield; raise ValueError('w')", "raise ValueError('w'); yield"])
def test_a_raising_wrapper_is_blamed_itself(site: Site, body: str) -> None:
    site.install("acme-wrap", "1.0", f"@hookimpl(wrapper=True)\ndef vespera_storages():\n    {body}\n")
    site.install("vespera-good", "0.3.0", GOOD)
    plugins = Plugins.load()
    assert plugins.collect("vespera_storages") == []
    assert plugins.status("wrap").reason == "plugin 'wrap' (acme-wrap 1.0) failed in vespera_storages: ValueError: w."
    assert plugins.status("good").status == "loaded"


def test_a_wrapper_around_a_raising_plugin_is_innocent(site: Site) -> None:
    site.install("acme-wrap", "1.0", WRAPPER)
    site.install("acme-bad", "1.0", "@hookimpl\ndef vespera_storages():\n    raise ValueError('boom')\n")
    plugins = Plugins.load()
    plugins.collect("vespera_storages")
    assert (plugins.status("wrap").status, plugins.status("bad").status) == ("loaded", "failed")


def test_implements(site: Site) -> None:
    site.install("vespera-good", "0.3.0", GOOD)
    site.install("acme-wrap", "1.0", WRAPPER.replace("storages", "formats"))
    plugins = Plugins.load(allow=["good", "wrap"])
    assert plugins.implements("vespera_storages")
    assert not plugins.implements("vespera_before_write")
    assert not plugins.implements("vespera_formats"), "a wrapper alone offers nothing"


@pytest.mark.parametrize("arguments", [{}, {"request": 1, "colour": 2}])
def test_a_wrong_call_is_the_callers_fault(arguments: dict[str, int]) -> None:
    with pytest.raises(TypeError, match="vespera_authorize is called with"):
        list(Plugins.load(discover=False).call_each("vespera_authorize", **arguments))


def test_the_answer_of_a_first_result_hook_is_one_answer() -> None:
    class Specs:
        @hookspecs.hookspec(firstresult=True)
        def vespera_first(self) -> None: ...

    class Plugin:
        @hookspecs.hookimpl
        def vespera_first(self) -> list[int]:
            return [1, 2]

    manager = pluggy.PluginManager(hookspecs.PROJECT_NAME)
    manager.add_hookspecs(Specs)
    manager.register(Plugin(), "one")
    (turn,) = turns(manager, "vespera_first", ["one"])
    assert turn.take({}) == [("one", [1, 2])]


def test_a_refused_plugin_wraps_nothing(site: Site) -> None:
    site.install("acme-wrap", "1.0", WRAPPER + "\n@hookimpl\ndef vespera_tomorrow(): ...\n")
    site.install("vespera-good", "0.3.0", GOOD)
    assert names(Plugins.load().collect("vespera_storages")) == [("good", "good")]
