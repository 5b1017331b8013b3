"""Each kind of bad input gives one clear error with a code, at its place; good rows survive it where asked to."""

from __future__ import annotations

import os
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from vespera_core.errors import InvalidImport, NotFound
from vespera_core.interchange import lines
from vespera_core.interchange.formats import FORMATS

GOOD = {"id": "bd-9", "title": "Good"}
TIMED = GOOD | {"id": "bd-1"}

BAD_LINES: list[tuple[Any, str]] = [
    ("{", "malformed JSON: .*column"),
    ('{"id": "bd-1", "title": "x"} x', "malformed JSON: Extra data"),
    ('{"id": "bd-1", "title": "x", "k": NaN}', "NaN is not JSON"),
    ('{"id": "bd-1", "title": "x", "k": 1e999}', "metadata contains inf"),
    ('{"id": "bd-1", "title": "x", "k": ' + "9" * 5000 + "}", "malformed JSON"),
    ("[" * 100_000, "nested too deeply"),
    ("[1]", "a row is a JSON object, not list"),
    ("null", "a row is a JSON object, not NoneType"),
    ({"title": "x"}, "it has no id"),
    ({"id": "", "title": "x"}, "'' is not an id"),
    ({"id": 7, "title": "x"}, "7 is not an id"),
    ({"id": "a/b", "title": "x"}, "'a/b' is not an id"),
    ({"id": "bd-1"}, "it has no title"),
    ({"id": "bd-1", "title": " "}, "title must not be empty"),
    ({"id": "bd-1", "title": "x" * 501}, "title has 501 characters"),
    ({"id": "bd-1", "title": ["x"]}, "title must be text, not list"),
    (TIMED | {"description": []}, "description must be text, not list"),
    (TIMED | {"status": 5}, "status must be text, not int"),
    (TIMED | {"priority": 5}, "priority 5 is not one of"),
    (TIMED | {"priority": True}, "priority True is not one of"),
    (TIMED | {"issue_type": []}, "issue_type must be text"),
    (TIMED | {"issue_type": "!"}, "issue_type '' is not a word"),
    (TIMED | {"created_at": "yesterday"}, "created_at 'yesterday' is not a time"),
    (TIMED | {"created_at": 5}, "created_at must be a time in text"),
    (TIMED | {"due_at": "0999-01-01T00:00:00Z"}, "out of range"),
    (TIMED | {"labels": "x"}, "labels must be a list"),
    (TIMED | {"labels": [1]}, "a tag must be text"),
    (TIMED | {"estimated_minutes": "5"}, "estimate_minutes must be a whole number"),
    (TIMED | {"dependencies": {}}, "dependencies must be a list"),
    (TIMED | {"dependencies": [1]}, "a dependency is an object"),
    (TIMED | {"dependencies": [{"depends_on_id": "bd-2"}]}, "a dependency has the type None"),
    (TIMED | {"dependencies": [{"depends_on_id": "bd-1", "type": "blocks"}]}, "cannot relate to itself"),
    (TIMED | {"comments": [{"text": "x"}]}, "a comment's created_at must be a time"),
    (TIMED | {"comments": ["x"]}, "a comment is an object"),
    (TIMED | {"metadata": {"sensitive": 1}}, "metadata.sensitive is not taken"),
    (TIMED | {"created_by": 5}, "created_by must be text"),
    ('{"id": "bd-1", "title": "a\\u0000b"}', "title contains a NUL"),
    ('{"id": "bd-1", "title": "a\\ud800b"}', "a lone surrogate"),
    ('{"id": "bd-1", "title": "x", "k": {"\\ud800": 1}}', "a lone surrogate"),
    ('{"id": "bd-1", "title": "a\x00b"}', "malformed JSON: Invalid control character"),
    (b'{"id": "bd-1", "title": "\xe9"}', "wrong encoding: byte 26 \\(0xe9\\) is not UTF-8"),
    (b'{"id": "bd-1", "title": "\xed\xa0\x80"}', "wrong encoding"),
    ({"id": "bd-9", "title": "Twin"}, "duplicate id: bd-9"),
]


@pytest.mark.parametrize(("bad", "message"), BAD_LINES)
def test_a_bad_line_is_named(source_of: Any, bad: Any, message: str) -> None:
    with pytest.raises(InvalidImport, match=f"^line 3: .*{message}") as caught:
        list(source_of("beads", GOOD, "", bad).rows())
    assert caught.value.code == "invalid_import"
    str(caught.value).encode()
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize(("bad", "message"), BAD_LINES)
def test_a_bad_line_can_be_skipped(source_of: Any, bad: Any, message: str) -> None:
    source = source_of("beads", GOOD, bad, {"id": "bd-10", "title": "After"}, skip=True)
    assert [row.fields["task_id"] for row in source.rows()] == ["bd-9", "bd-10"]
    assert [(problem.where, problem.kind) for problem in source.problems] == [("line 2", "invalid")]


def test_a_truncated_file_is_called_so(open_source: Any, tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_bytes(b'{"id": "bd-1", "title": "x"}\n{"id": "bd-2", "ti')
    with pytest.raises(InvalidImport, match=r"line 2: malformed JSON.*it seems truncated"):
        list(open_source("beads", path).rows())


def test_a_last_line_without_an_end_is_fine(open_source: Any, tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_bytes(b'\xef\xbb\xbf{"id": "bd-1", "title": "x"}\r\n{"id": "bd-2", "title": "y"}')
    assert len(list(open_source("beads", path).rows())) == 2


@pytest.mark.parametrize("skip", [False, True])
def test_utf16_is_refused_at_once(source_of: Any, skip: bool) -> None:
    with pytest.raises(InvalidImport, match="UTF-16"):
        list(source_of("beads", '{"id": "bd-1"}'.encode("utf-16"), skip=skip).rows())


def test_a_line_without_end_is_refused(source_of: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "MAX_LINE", 100)
    with pytest.raises(InvalidImport, match="line 1: longer than 100 bytes"):
        list(source_of("beads", "x" * 200, skip=True).rows())


READERS = [one.name for one in FORMATS if one.read]


@pytest.mark.parametrize("name", READERS)
def test_paths_that_are_not_there(open_source: Any, tmp_path: Path, name: str) -> None:
    with pytest.raises(NotFound, match="nothing at"):
        open_source(name, tmp_path / "missing")
    with pytest.raises((NotFound, InvalidImport)):
        open_source(name, tmp_path / "nul\x00byte")


@pytest.mark.parametrize("name", READERS)
def test_paths_of_the_wrong_kind(open_source: Any, tmp_path: Path, name: str) -> None:
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(InvalidImport, match=r"is not a (file|folder)"):
        open_source(name, file if name == "backlog" else tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every file")
def test_paths_that_may_not_be_read(open_source: Any, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.touch(mode=0)
    with pytest.raises(InvalidImport, match="permission denied"):
        open_source("beads", path)


def test_a_file_that_vanishes_is_an_error_of_ours(open_source: Any, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("{}")
    source = open_source("beads", path)
    path.unlink()
    with pytest.raises(InvalidImport, match="cannot be read"):
        list(source.rows())


def test_reading_streams(open_source: Any, tmp_path: Path) -> None:
    path = tmp_path / "big"
    with path.open("w") as stream:
        for number in range(3000):
            stream.write(f'{{"id": "bd-{number}", "title": "x", "description": "{"y" * 4000}"}}\n')
    source = open_source("beads", path)
    tracemalloc.start()
    assert sum(1 for _ in source.rows()) == 3000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2_000_000, "12 MB were read; memory must not follow"
