"""Patterns: the same verdicts as pathspec's own, and what is no pattern refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pathspec import GitIgnoreSpec

from vespera_core.app.guard.matching import Patterns
from vespera_core.app.guard.patterns import compile_files, compile_globs
from vespera_core.errors import InvalidInput

WORDS = (
    "docs",
    "*.md",
    "src/",
    "/src",
    "**/a",
    "a/**",
    "a/**/b",
    "!docs/a.md",
    "!a",
    "*",
    "!*/",
    "d?cs",
    "[ab]",
    "\\!x",
)
NAMES = st.lists(st.sampled_from(("docs", "src", "a", "b", "a.md", "!x")), min_size=1, max_size=4).map("/".join)


@given(patterns=st.lists(st.sampled_from(WORDS), max_size=8), name=NAMES, folder=st.booleans())
def test_patterns_decide_as_pathspec_does(patterns: list[str], name: str, folder: bool) -> None:
    asked = f"{name}/" if folder else name
    result = GitIgnoreSpec.from_lines(patterns, backend="simple").check_file(asked)
    found = Patterns(compile_files(patterns)).deciding(asked)
    assert (None if found is None else (found.text, found.includes)) == (
        None if result.include is None or result.index is None else (patterns[result.index], result.include)
    )


def test_comments_and_empty_lines_are_no_patterns() -> None:
    assert compile_files(["# all of it", "", "  "]) == []


@pytest.mark.parametrize("text", ["a[b", "/", "[z-a]x", "!", "a\\"])
def test_what_git_would_pass_over_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="gitignore"):
        compile_files([text])


def test_letters_count_as_the_file_system_counts_them() -> None:
    patterns = compile_files(["Docs/**"])
    assert Patterns(patterns).deciding("docs/x") is None
    assert Patterns(patterns, folds_case=True).deciding("docs/x") is not None


def test_globs_cover_whole_names() -> None:
    globs = Patterns(compile_globs(["mcp__*__read", "Bash"]))
    assert globs.deciding("mcp__files__read") is not None
    assert globs.deciding("mcp__files__readwrite") is None
    assert globs.deciding("BashOutput") is None
