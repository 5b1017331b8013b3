"""Role files: what is read, and what is refused with file, line and field."""

from __future__ import annotations

import json
import os
from pathlib import Path

import jsonschema
import pytest

from vespera_core.app.roles import schema
from vespera_core.app.roles.inheriting import resolve
from vespera_core.app.roles.loading import MAX_BYTES
from vespera_core.app.roles.reading import read_folder, read_text
from vespera_core.model.role import NOTHING, Patterns, RoleDefinition

WHOLE = """\
name: coder
description: Writes code.
extends: []
capabilities: [code_writing]
files:
  read: {allow: null, deny: [.env]}
  edit: {allow: ["src/**"], deny: ["*.key"]}
tools: {allow: ["Edit*"], deny: [Bash]}
max_concurrent_tasks: 2
restrictions: {max_file_changes: 3, require_approval: [completion]}
task_types: [bug]
context: [criteria]
validation: [description]
tags: [build]
instructions: |
  Do it.
"""


def one(text: str, source: str = "roles/a.yaml") -> RoleDefinition:
    drafts, problems = read_text(text, source)
    assert problems == []
    (found,) = resolve([], drafts, {}).roles.values()
    return found


def problem(text: str) -> str:
    drafts, problems = read_text(text, "roles/a.yaml")
    found = resolve([], drafts, {})
    (only,) = [*problems, *found.problems]
    return only.text


def test_every_field_arrives() -> None:
    found = one(WHOLE)
    assert (found.read, found.edit) == (Patterns(None, (".env",)), Patterns(("src/**",), ("*.key",)))
    assert found.tools == Patterns(("Edit*",), ("Bash",))
    assert (found.max_concurrent_tasks, found.restrictions.max_file_changes) == (2, 3)
    assert found.restrictions.require_approval == ("completion",)
    assert (found.task_types, found.instructions, found.source) == (("bug",), "Do it.\n", "roles/a.yaml")


def test_a_role_that_says_nothing_reads_everything_and_edits_nothing() -> None:
    found = one("description: no")
    assert (found.name, found.description, found.read, found.edit) == ("a", "no", Patterns(), NOTHING)


def test_several_roles_share_a_file() -> None:
    drafts, problems = read_text("roles:\n- {name: x}\n- {name: y, extends: x}\n- tags: [z]\n", "roles/a.yaml")
    assert [draft.name for draft in drafts] == ["x", "y"]
    assert [found.text for found in problems] == ["roles/a.yaml, line 4: needs a name."]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name: a\ncapabilites: [x]", "line 2: capabilites is no field of a role; did you mean 'capabilities'?"),
        ("files:\n  write: {}", "line 2: files.write is no field of a role; there are: read, edit"),
        ("tags: [a, a]", "line 1: tags.1 names 'a' a second time"),
        ("tags: [a]\ntags: [b]", "line 2: the key 'tags' stands here a second time"),
        ("name: a\ndescription: !!python/name:os.system x", "line 2: tags such as"),
        ("max_concurrent_tasks: many", "line 1: max_concurrent_tasks must be a whole number from 0 to 10,000"),
        ("max_concurrent_tasks: true", "must be a whole number"),
        ("name: Upper Case", "line 1: name name 'Upper Case' is not a word"),
        ("capabilities:\n- ok\n- 7", "line 3: capabilities.1 must be text, not 7; put quotes around it"),
        ("files:\n  edit:\n    allow:\n    - '/'", "line 4: files.edit.allow.0 The pattern '/' is not in the syntax"),
        ("restrictions: {require_approval: [reading]}", "'reading' is unknown; it is one of: completion, execution"),
        ("validation: [luck]", "'luck' is unknown; it is one of: description,"),
        ("- a", "must be a mapping, not ['a']"),
        ("", "must be a mapping, not None"),
        ("name: [", "line 2: it is not YAML"),
        ("a: &x [*x]", "line 1: &x holds itself"),
        ("a: *nothing", "line 1: *nothing stands for nothing above it"),
        ("name: a\n---\nname: b", "it holds a second document"),
        ("a: " + "[" * 200_000, "it is nested more than 12 levels deep"),
        ("x: " + "[" * 20 + "]" * 20, "it is nested more than 12 levels deep"),
        ("name: a\x00", "it is not YAML"),
        ("extends: b", "extends there is no role 'b'"),
        ("extends: [b, b]", "line 1: extends.1 names 'b' a second time"),
        ("extends: 7", "line 1: extends must be a list, not 7"),
        ("capabilities: [Code Writing]", "line 1: capabilities word 'Code Writing' is not a word"),
        ("a: !!binary aGk=", "line 1: tags such as"),
        ("<<: {tags: [x]}", "line 1: << is no field of a role"),
        ("extends: a", "extends there is no role 'a'"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(text: str, said: str) -> None:
    assert said in problem(text)


def test_what_a_briefing_does_not_tell_is_refused_with_file_line_and_field() -> None:
    said = problem("name: x\ncontext:\n  - goal\n  - criterias\n")
    assert "line 4: context.1 'criterias' is unknown; it is one of: goal, description, criteria, checkpoint" in said


def test_a_bomb_of_aliases_is_refused_before_it_grows() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    assert "it holds more than 20,000 values" in problem("\n".join(lines))


def test_an_alias_repeats_a_value() -> None:
    found = one("tags: &some [x, y]\ntask_types: *some\n")
    assert found.tags == found.task_types == ("x", "y")


def test_files_that_cannot_be_read_are_named_and_the_others_go_on(tmp_path: Path) -> None:
    (tmp_path / "good.yaml").write_text("tags: [x]")
    (tmp_path / "large.yaml").write_text("#" * (MAX_BYTES + 1))
    (tmp_path / "latin.yml").write_bytes(b"description: \xe9")
    (tmp_path / "folder.yaml").mkdir()
    (tmp_path / "other.txt").write_text("not looked at")
    os.mkfifo(tmp_path / "pipe.yaml")
    drafts, problems = read_folder(tmp_path, "roles")
    assert [draft.name for draft in drafts] == ["good"]
    assert {found.role: found.message for found in problems} == {
        "large": "is larger than 256 KB", "latin": "is not UTF-8 text", "folder": "is not a file",
        "pipe": "is not a file",
    }  # fmt: skip


def test_the_published_schema_is_computed_and_agrees_with_the_checks() -> None:
    kept = json.loads((Path(schema.__file__).parent / schema.FILE).read_text())
    assert kept == schema.role_schema(), "write it anew from role_schema()"
    import yaml

    jsonschema.validate(yaml.safe_load(WHOLE), kept)
    for wrong in ({"tagz": []}, {"max_concurrent_tasks": -1}, {"name": "A B"}, {"validation": ["luck"]}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, kept)
        assert read_text(json.dumps(wrong), "a.yaml")[1] != []
