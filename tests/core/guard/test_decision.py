"""Decisions: what is asked, which rule answers, and how that is said."""

from __future__ import annotations

from pathlib import Path
from unicodedata import normalize

import pytest

from core.guard.support import guard_at
from vespera_core.app.guard.decision import Guard, Operation
from vespera_core.model.role import NOTHING, Patterns, RoleDefinition

CODER = RoleDefinition(
    name="coder",
    read=Patterns(None, ("private/",)),
    edit=Patterns(("src/**", "docs/**"), ("src/x", "docs/private/")),
    tools=Patterns(("Edit", "Read", "mcp__*"), ("mcp__shell__*",)),
)


@pytest.fixture(scope="module")
def coder(root: Path) -> Guard:
    return guard_at(root, CODER)


@pytest.mark.parametrize(
    ("path", "operation", "allowed", "rule", "pattern"),
    [
        ("src/y", "edit", True, "edit.allow", "src/**"),
        ("src/x", "edit", False, "edit.deny", "src/x"),
        ("docs/private/x", "edit", False, "edit.deny", "docs/private/"),
        ("a.md", "edit", False, "edit.allow", None),
        ("a.md", "read", True, "read.allow", None),
        ("docs/private/x", "read", False, "read.deny", "private/"),
        (".git/config", "edit", False, "internal", None),
        (".git/config", "read", True, "read.allow", None),
        ("/etc/passwd", "read", False, "outside", None),
        ("docs/out/passwd", "read", False, "outside", None),
        ("docs/loop", "read", False, "outside", None),
        ("a\0", "read", False, "malformed", None),
    ],
)
def test_each_decision_names_its_rule(
    coder: Guard, path: str, operation: Operation, allowed: bool, rule: str, pattern: str | None
) -> None:
    decision = coder.path(path, operation)
    assert (decision.allowed, decision.rule, decision.pattern) == (allowed, rule, pattern)
    assert "coder" in decision.reason


@pytest.mark.parametrize(
    ("tool", "rule", "pattern"),
    [
        ("Edit", "tools.allow", "Edit"), ("mcp__files__read", "tools.allow", "mcp__*"), ("Bash", "tools.allow", None),
        ("mcp__shell__run", "tools.deny", "mcp__shell__*"), ("edit", "tools.allow", None),
    ],
)  # fmt: skip
def test_tools_are_judged_by_name(coder: Guard, tool: str, rule: str, pattern: str | None) -> None:
    decision = coder.tool(tool)
    assert (decision.rule, decision.pattern) == (rule, pattern)
    assert decision.allowed == (rule == "tools.allow" and pattern is not None)


def test_a_role_without_patterns_reads_everything_and_edits_nothing(root: Path) -> None:
    guard = guard_at(root, RoleDefinition(name="reader"))
    assert guard.path("src/x", "read").allowed
    assert not guard.path("src/x", "edit").allowed
    assert guard.tool("Bash").allowed


def test_a_role_that_may_edit_everything_still_edits_nothing_internal(root: Path) -> None:
    guard = guard_at(root, RoleDefinition(name="all", edit=Patterns(None)))
    assert guard.path("src/x", "edit").allowed
    for path in (".git/config", ".vespera/roles/all.yaml", "docs/git/config", ".claude/settings.json", "docs/out/x"):
        assert not guard.path(path, "edit").allowed


def test_a_link_is_judged_itself_and_as_what_it_leads_to(root: Path) -> None:
    only_links = guard_at(root, RoleDefinition(name="links", edit=Patterns(("*.md",))))
    only_source = guard_at(root, RoleDefinition(name="source", edit=Patterns(("src/**",))))
    both = guard_at(root, RoleDefinition(name="both", edit=Patterns(("*.md", "src/**"))))
    assert [one.path("in.md", "edit").allowed for one in (only_links, only_source, both)] == [False, False, True]


@pytest.mark.parametrize("pattern", ["docs/é/", "docs/e\u0301/"])
@pytest.mark.parametrize("path", ["docs/é/x", "docs/nouveauté.md"])
def test_both_spellings_of_an_accent_get_one_verdict(root: Path, pattern: str, path: str) -> None:
    guard = guard_at(root, RoleDefinition(name="accents", edit=Patterns(("docs/**",), (pattern,))))
    verdicts = {guard.path(normalize(form, path), "edit").allowed for form in ("NFC", "NFD")}
    assert verdicts == {"é/" not in path}


def test_a_link_behind_either_spelling_counts_for_both(tmp_path: Path) -> None:
    (tmp_path / ".vespera").mkdir()
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "é").symlink_to("/etc")
    guard = guard_at(tmp_path, RoleDefinition(name="accents", edit=Patterns(("docs/**",))))
    for form in ("NFC", "NFD"):
        assert guard.path(normalize(form, "docs/é/x"), "edit").rule == "outside"


def test_a_search_is_judged_by_what_lies_in_the_folder(root: Path) -> None:
    guard = guard_at(root, RoleDefinition(name="narrow", read=Patterns(("src/**",)), edit=NOTHING))
    assert guard.path("src", "read", search=True).allowed
    assert guard.path("src/deep", "read", search=True).allowed
    assert not guard.path(".", "read", search=True).allowed
    assert not guard.path("docs", "read", search=True).allowed


def test_a_root_that_was_moved_is_found_by_what_it_is(tmp_path: Path) -> None:
    (tmp_path / "work" / ".vespera").mkdir(parents=True)
    guard = guard_at(tmp_path / "work", RoleDefinition(name="all", edit=Patterns(None)))
    (tmp_path / "work").rename(tmp_path / "moved")
    (tmp_path / "work").mkdir()
    assert guard.path(f"{tmp_path}/moved/x", "edit").allowed
    assert guard.path(f"{tmp_path}/elsewhere/x", "edit").rule == "outside"
