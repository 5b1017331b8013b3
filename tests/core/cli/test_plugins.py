"""`vespera plugins`: what is installed, what it brings, what the lists ask for in vain, and a trace."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from core.plugins.conftest import Site
from vespera_core.plugins.tracing import kind_of


def test_those_that_implement_a_hook(v: Any) -> None:
    found = [one["name"] for one in v("plugins", "list", "--hook", "vespera_graphs").data["plugins"]]
    assert found == ["builtin", "kuzu"]
    assert v("plugins", "list", "--hook", "vespera_weather").code == 3


def test_requirements_are_pins_for_pip(w: Any) -> None:
    lines = w("plugins", "list", "--requirements").out.splitlines()
    assert "vespera-core==0.1.0" in lines
    assert lines == sorted(set(lines))
    assert all(line.count("==") == 1 for line in lines)


def test_what_a_plugin_brings(v: Any) -> None:
    def offers(name: str) -> list[str]:
        return v("plugins", "show", name).data["plugins"][0]["offers"]  # type: ignore[no-any-return]

    assert offers("roles") == ["roles default", "roles enhanced"]
    assert {"operation token.create", "command token", "keys file"} <= set(offers("security"))
    assert {"transport rest", "service webhooks"} <= set(offers("api"))
    assert offers("vespera_sql") == ["storage sqlite"]


def test_one_plugin_is_checked(w: Any) -> None:
    done = w("plugins", "check", "kuzu")
    assert done.out == "kuzu  vespera-kuzu  0.1.0  loaded\nAll is well.\n"
    assert w("plugins", "check", "vespera-kuzu").out == w("plugins", "check", "Vespera_Kuzu").out == done.out
    assert w("plugins", "check", "weather").code == 3


@pytest.mark.parametrize(
    ("variable", "words", "where"),
    [
        ("VESPERA_BLOCK", "kuzuu,vespera_roles", "VESPERA_BLOCK or [plugins] block"),
        ("VESPERA_PLUGINS", "kuzuu,vespera_sql", "VESPERA_PLUGINS or [plugins] allow"),
    ],
)
def test_a_word_that_names_nothing_is_noticed(w: Any, variable: str, words: str, where: str) -> None:
    said = w("plugins", "check", **{variable: words})
    assert said.code == 0
    assert f"{where} names 'kuzuu', which is neither a plugin nor a distribution that is installed.\n" in said.out
    assert said.out.count(", which ") == 1


@pytest.mark.parametrize("word", ["builtin", "vespera-core"])
def test_what_is_built_in_cannot_be_blocked_and_that_is_said(w: Any, word: str) -> None:
    said = w("plugins", "check", VESPERA_BLOCK=word).out
    assert f"block names '{word}', which is built into vespera-core 0.1.0 and stays.\n" in said


def test_required_plugins_go_by_their_distribution_too(w: Any) -> None:
    assert w("plugins", "check", VESPERA_REQUIRED="vespera_kuzu,vespera-sql>=0.1").code == 0
    said = w("plugins", "check", VESPERA_REQUIRED="acme-graph,vespera-sql>=7")
    assert said.code == 1
    assert "required: plugin 'acme-graph' is not installed. plugin 'sql' (vespera-sql 0.1.0) is loaded, but >=7" in (
        said.out
    )


def test_the_versions_that_are_required_may_be_a_range(w: Any) -> None:
    assert w("config", "set", "plugins.required", "vespera-sql >=0.1, <0.2, roles").code == 0
    assert w("ready").code == 0
    missing = w("ready", VESPERA_REQUIRED="kuzu,sql>=0.1,<0.1").err
    assert missing.startswith(
        "error: required: plugin 'sql' (vespera-sql 0.1.0) is loaded, but <0.1,>=0.1 is required."
    )


def test_what_the_configuration_names_in_vain_is_told(w: Any) -> None:
    assert w("plugins", "check").code == 0
    said = w("plugins", "check", VESPERA_VECTORS="usearchh")
    assert said.code == 1
    assert "vectors 'usearchh' is not offered by any plugin; on offer: exact (vespera-core 0.1.0)" in said.out
    assert said.out.endswith("name one that is on offer.\nNot all is well.\n")


def test_what_keeps_a_workspace_from_opening_is_told(w: Any, tmp_path: Path) -> None:
    line = "name='task.get', summary='s', input='a:b', output='a:b', handler='a:b', action='a.read', kind='read'"
    head = "from vespera_core.ports.operation import Operation\n@hookimpl\ndef vespera_operations():\n"
    Site(tmp_path).install("acme-odd", "1.0", f"{head}    return Operation({line})\n")
    here = {"PYTHONPATH": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    said = "The operation 'task.get' of plugin 'odd' (acme-odd 1.0) is there already, from plugin 'operations'"
    for words in (("check",), ("check", "odd")):
        told = w("plugins", *words, **here)
        assert told.code == 1
        assert said in told.out
    assert w("plugins", "check", "sql", **here).code == 0
    assert said in w("ready", **here).err


def test_a_trace_names_hook_plugin_time_and_kind(w: Any) -> None:
    traced = w("plugins", "trace", "create", "A task", "--actor", "bob")
    assert traced.code == 0
    assert traced.out.startswith("Created ")
    lines = [line.split() for line in traced.err.splitlines()]
    assert {tuple(line[:3]) for line in lines} >= {("trace:", "vespera_authorize", "builtin")}
    assert all(line[4] == "ms" and float(line[3]) >= 0 for line in lines)
    assert w("plugins", "trace", "show", "nobody-has-this-id").code == 3
    assert "trace:" not in w("create", "Another").err


def test_options_reach_the_command_that_is_traced(
    v: Any, terminal: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = terminal("plugins", "trace", "create", "A task", "--actor", "bob", "--json")
    assert made.data["task"]["created_by"] == "bob"
    monkeypatch.chdir(tmp_path.parent)
    elsewhere = ("--json", "--actor", "eve", "-C", str(tmp_path), "plugins", "trace", "--", "create", "-t", "bug", "B")
    task = terminal(*elsewhere).data["task"]
    assert (task["created_by"], task["type"]) == ("eve", "bug")
    assert "trace:" not in v("list", "-C", str(tmp_path)).err


def test_a_folder_that_lies_in_the_way_is_not_imported(w: Any, tmp_path: Path) -> None:
    for name in ("click", "json", "vespera_core"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('imported')")
    assert w("plugins", "trace", "list").code == 0


def test_answers_are_told_by_their_kind_alone() -> None:
    assert kind_of("a secret") == "str"
    assert kind_of(ValueError("a secret")) == "raised ValueError"
    assert kind_of([{"a": "secret"}, {}]) == "2 x dict"
    assert kind_of(None) == "None"
    assert kind_of([]) == "nothing"
