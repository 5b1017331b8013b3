"""Bad input: the right exit code, an error that names what is wrong and what is safe to do, and nothing changed."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest


@pytest.fixture
def three(v: Any) -> None:
    """t-a depends on t-b, which depends on t-c; t-d is a child of t-a; t-long1 and t-long2 share a prefix."""
    lines = [
        {"id": "t-c", "title": "C"},
        {"id": "t-b", "title": "B", "depends_on": ["t-c"]},
        {"id": "t-a", "title": "A", "depends_on": ["t-b"]},
        {"id": "t-d", "title": "D", "parent": "t-a"},
        {"id": "t-long1", "title": "L"},
        {"id": "t-long2", "title": "L"},
    ]
    v("create", "--stdin", stdin="\n".join(map(json.dumps, lines)).encode())


TABLE: list[tuple[str, tuple[str, ...], int, str]] = [
    ("direct cycle", ("dep", "add", "t-c", "t-b"), 1, "cycle"),
    ("transitive cycle", ("dep", "add", "t-c", "t-a"), 1, "cycle"),
    ("cycle through a parent", ("dep", "add", "t-d", "t-a"), 1, "cycle"),
    ("cycle by a new child", ("create", "X", "--parent", "t-c", "--depends-on", "t-b"), 1, "cycle"),
    ("itself", ("dep", "add", "t-a", "t-a"), 1, "cycle"),
    ("below itself", ("update", "t-a", "--parent", "t-d"), 1, "cycle"),
    ("missing parent", ("create", "X", "--parent", "t-none"), 3, "not_found"),
    ("missing dependency", ("create", "X", "--depends-on", "t-none"), 3, "not_found"),
    ("missing task", ("show", "t-none"), 3, "not_found"),
    ("missing project", ("create", "X", "--project", "none"), 3, "not_found"),
    ("missing event", ("undo", "99999"), 3, "not_found"),
    ("unknown status", ("update", "t-a", "--status", "flying"), 2, "invalid_input"),
    ("unknown status in a filter", ("list", "--status", "flying"), 2, "invalid_input"),
    ("unknown priority", ("create", "X", "-p", "9"), 2, "invalid_input"),
    ("unknown sort", ("list", "--sort", "colour"), 2, "invalid_input"),
    ("unknown option", ("update", "t-a", "--colour", "red"), 2, "usage"),
    ("unknown command", ("redy",), 2, "usage"),
    ("unknown command of a family", ("dep", "cycle"), 2, "usage"),
    ("family alone", ("dep",), 2, "usage"),
    ("nothing to change", ("update", "t-a"), 2, "usage"),
    ("no title", ("create",), 2, "usage"),
    ("empty title", ("create", ""), 2, "invalid_input"),
    ("blank title", ("create", " \t"), 2, "invalid_input"),
    ("long title", ("create", "x" * 501), 2, "invalid_input"),
    ("long title in an update", ("update", "t-a", "--title", "x" * 501), 2, "invalid_input"),
    ("title in pieces", ("create", "two", "words"), 2, "usage"),
    ("bad id", ("create", "X", "--id", "a b"), 2, "invalid_input"),
    ("taken id", ("create", "X", "--id", "t-a"), 4, "duplicate_id"),
    ("ambiguous prefix", ("show", "t-long"), 2, "ambiguous_id"),
    ("empty id", ("show", ""), 3, "not_found"),
    ("bad time", ("defer", "t-a", "--until", "soon"), 2, "invalid_input"),
    ("bad span", ("create", "X", "--estimate", "long"), 2, "invalid_input"),
    ("bad lease", ("claim", "--lease", "0s"), 2, "invalid_input"),
    ("bad number", ("list", "--limit", "many"), 2, "usage"),
    ("negative limit", ("list", "--limit", "-1"), 2, "invalid_input"),
    ("bad cursor", ("list", "--cursor", "xyz"), 2, "invalid_input"),
    ("bad metadata", ("create", "X", "--metadata", "{"), 2, "invalid_input"),
    ("metadata that is no object", ("create", "X", "--metadata", "[]"), 2, "invalid_input"),
    ("sensitive metadata", ("create", "X", "--metadata", '{"sensitive": "a"}'), 2, "invalid_input"),
    ("empty checkpoint", ("checkpoint", "t-c"), 2, "invalid_input"),
    ("empty comment", ("comment", "t-a", ""), 2, "invalid_input"),
    ("no comment", ("comment", "t-a"), 2, "invalid_input"),
    ("old version", ("update", "t-a", "--title", "Y", "--expected-version", "7"), 4, "version_conflict"),
    ("not ready", ("complete", "t-a"), 1, "not_ready"),
    ("claim of what waits", ("claim", "t-a"), 1, "not_ready"),
    ("heartbeat without a hold", ("heartbeat", "t-c"), 4, "conflict"),
    ("text twice", ("create", "X", "-d", "a", "--body-file", "b"), 2, "invalid_input"),
    ("missing body", ("create", "X", "--body-file", "nowhere.md"), 2, "invalid_input"),
    ("missing import", ("import", "jsonl", "nowhere.jsonl"), 3, "not_found"),
    ("unknown format", ("import", "word", "x.doc"), 5, "plugin"),
    ("unknown relation", ("dep", "rm", "t-c", "t-a"), 3, "not_found"),
    ("bad kind", ("link", "t-a", "t-c", "--kind", "Très"), 2, "invalid_input"),
    ("bad workflow", ("project", "update", "t", "--workflow", '{"colour": 1}'), 2, "invalid_input"),
    ("actor of NULs", ("create", "X", "--as", "a\x00b"), 2, "invalid_input"),
    ("NUL", ("create", "a\x00b"), 2, "invalid_input"),
    ("bytes that are no text", ("create", "caf\udce9"), 2, "invalid_input"),
    ("an id of bytes", ("show", "\udcff"), 2, "invalid_input"),
    ("no backup", ("restore-backup", "nowhere.db"), 2, "invalid_input"),
]


@pytest.mark.usefixtures("three")
@pytest.mark.parametrize(("words", "code", "word"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_refused(v: Any, state: Any, words: tuple[str, ...], code: int, word: str) -> None:
    before = state()
    refused = v(*words)
    assert (refused.code, refused.error["code"]) == (code, word), refused.err
    assert state() == before


LINES: list[tuple[str, str, str]] = [
    ("no JSON", '{"title": "a"}\n{"title": ', "Line 2"),
    ("unknown key", '{"title": "a", "colour": 1}', "'colour'"),
    ("a key twice", '{"title": "a", "title": "b"}', "'title'"),
    ("two names for one key", '{"title": "a", "id": "t-1", "task_id": "t-2"}', "task_id"),
    ("no title", '{"id": "t-1"}', "title"),
    ("no object", '{"title": "a"}\n\n["b"]', "Line 3"),
    ("wrong type", '{"title": 5}', "title must be text"),
    ("text for a list", '{"title": "a", "depends_on": "t-1"}', "depends_on"),
    ("lone surrogate", '{"title": "a\\ud800"}', "surrogate"),
    ("NUL", '{"title": "a\\u0000"}', "NUL"),
    ("duplicate id", '{"title": "a", "id": "t-1"}\n{"title": "b", "id": "t-1"}', "t-1"),
    ("circle", '{"title": "a", "id": "x", "depends_on": ["y"]}\n{"title": "b", "id": "y", "depends_on": ["x"]}', "x"),
    ("missing dependency", '{"title": "a", "depends_on": ["t-none"]}', "t-none"),
    ("bad time", '{"title": "a", "due": "soon"}', "soon"),
    ("not a number", '{"title": "a", "metadata": {"x": NaN}}', "nan"),
    ("too deep", '{"title": "a", "metadata": ' + '{"x":' * 40 + "1" + "}" * 40 + "}", "20 levels"),
    ("deep as a well", '{"title": "a", "metadata": ' + "[" * 100_000, "nested"),
    ("big text", json.dumps({"title": "a", "description": "x" * 10_000_000}), "10,000,000"),
    ("nothing", " \n", "no task"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "named"), [row[1:] for row in LINES], ids=[row[0] for row in LINES])
def test_refused_lines(v: Any, state: Any, text: str, named: str) -> None:
    before = state()
    refused = v("create", "--stdin", stdin=text.encode())
    assert refused.code in (1, 2, 3, 4)
    assert named in refused.error["message"]
    assert state() == before


def test_lines_and_options_do_not_mix(v: Any) -> None:
    assert v("create", "--stdin", "Title", stdin=b"").error["code"] == "usage"
    assert v("create", "--stdin", "-p", "1", stdin=b"").error["code"] == "usage"


@pytest.mark.parametrize("data", [b"\xff\xfe{\x00", '{"title": "Größe"}'.encode("latin-1")])
def test_wrong_encoding(v: Any, data: bytes) -> None:
    assert "UTF-8" in v("create", "--stdin", stdin=data).error["message"]
    assert "UTF-8" in v("create", "X", "--body-file", "-", stdin=data).error["message"]


def test_a_huge_body_is_refused_without_being_read(v: Any) -> None:
    assert "1,000,000" in v("create", "X", "--body-file", "/dev/zero").error["message"]
    assert "1,000,000" in v("create", "X", "--body-file", "-", stdin=b"x" * 1_000_001).error["message"]


def test_an_empty_prefix_of_other_words_is_close(v: Any, make: Callable[..., str]) -> None:
    task = make("One")
    twisted = task[:-2] + task[-1] + task[-2]
    if twisted != task:
        assert task in v("show", twisted).error["next"]


def test_errors_for_people(terminal: Any) -> None:
    terminal("init", "--prefix", "t")
    refused = terminal("show", "t-none")
    assert refused.code == 3
    assert refused.out == ""
    assert refused.err.startswith("error: ")
    assert "\nnext: " in refused.err
