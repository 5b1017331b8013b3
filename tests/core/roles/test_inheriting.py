"""Inheritance: what replaces, what merges, and what leads in a circle."""

from __future__ import annotations

from vespera_core.app.roles.inheriting import Resolved, resolve
from vespera_core.app.roles.reading import Draft, read_text
from vespera_core.model.role import Patterns


def drafts(text: str, source: str = "x.yaml") -> list[Draft]:
    found, problems = read_text(text, source)
    assert problems == []
    return found


def roles(project: str, templates: str = "roles: []") -> Resolved:
    return resolve(drafts(templates, "set/t.yaml"), drafts(project, "p.yaml"), {})


BASE = "roles:\n- {name: coder, tags: [a, b], max_concurrent_tasks: 2, files: {edit: {allow: [src/], deny: [k]}}}\n"


def test_scalars_and_lists_are_replaced_and_mappings_merged() -> None:
    text = (
        "roles:\n- {name: mine, extends: coder, tags: [c], files: {edit: {allow: [lib/]}}, max_concurrent_tasks: null}"
    )
    found = roles(text, BASE).roles["mine"]
    assert (found.tags, found.edit, found.max_concurrent_tasks) == (("c",), Patterns(("lib/",), ("k",)), None)
    assert (found.extends, found.source) == (("coder",), "p.yaml")


def test_of_several_parents_the_later_one_counts() -> None:
    text = "roles:\n- {name: a, description: a, tags: [a]}\n- {name: b, description: b}\n- {name: c, extends: [a, b]}"
    found = roles(text).roles["c"]
    assert (found.description, found.tags) == ("b", ("a",))


def test_a_project_changes_a_template_by_extending_it_under_its_own_name() -> None:
    found = roles("roles:\n- {name: coder, extends: coder, tags: [z]}\n- {name: d, extends: coder}", BASE)
    assert found.problems == []
    assert {name: (one.tags, one.max_concurrent_tasks) for name, one in found.roles.items()} == {
        "coder": (("z",), 2), "d": (("z",), 2),
    }  # fmt: skip


def test_the_same_name_without_extending_is_a_duplicate() -> None:
    found = roles("roles:\n- {name: coder, tags: [z]}\n- {name: other}", BASE)
    assert list(found.roles) == ["other"]
    assert "there is a template 'coder' already: extend it with 'extends: coder'" in found.problems[0].text


def test_two_of_one_name_are_both_out() -> None:
    found = resolve([], [*drafts("name: a", "one.yaml"), *drafts("name: a", "two.yaml")], {})
    assert found.roles == {}
    assert [one.text for one in found.problems] == ["two.yaml, line 1: the role 'a' is defined in one.yaml already."]


def test_a_circle_is_shown_and_breaks_only_those_in_it() -> None:
    text = "roles:\n- {name: a, extends: b}\n- {name: b, extends: c}\n- {name: c, extends: a}\n- {name: free}\n"
    found = roles(text + "- {name: below, extends: c}")
    assert list(found.roles) == ["free"]
    assert {one.role: one.message for one in found.problems} == {
        "a": "leads in a circle: a -> b -> c -> a", "b": "leads in a circle: b -> c -> a -> b",
        "c": "leads in a circle: c -> a -> b -> c", "below": "leads in a circle: c -> a -> b -> c",
    }  # fmt: skip


def test_what_stands_on_a_broken_role_is_broken_by_name() -> None:
    found = roles("roles:\n- {name: a, extends: gone}\n- {name: b, extends: a}")
    assert [one.role for one in found.problems] == ["a", "b"]
    assert "'a' cannot be used: p.yaml, line 2: extends there is no role 'gone'" in found.problems[1].text
