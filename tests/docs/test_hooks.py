"""Every hook is described, has a user in this repository that really implements it, and is exercised by a test."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pluggy
import pytest

from vespera_core import hookspecs
from vespera_core.app.builtins import BUILTINS
from vespera_core.plugins.hints import DISTRIBUTIONS

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = {
    "the example plugin hello": ("hello-plugin/src", "hello_plugin"),
    "the example plugin notify": ("notify-command", "notify_command"),
}
"""How docstrings name an example: the folder of its sources below docs/examples, and its module."""
SPECS = {node.name: node for node in ast.parse(inspect.getsource(hookspecs)).body if isinstance(node, ast.FunctionDef)}
USERS = {name: (f"{name.replace('-', '_')}.plugin",) for name in DISTRIBUTIONS.values()} | {
    "the core's built-ins": tuple(module for _, module in BUILTINS)
}
"""How docstrings name a user, and its modules; the example plugins come with their fixture."""

pytestmark = pytest.mark.parametrize("hook", SPECS)


@pytest.fixture(scope="module")
def examples() -> Iterator[dict[str, ModuleType]]:
    """The example plugins, imported from their sources, by the names that docstrings have for them."""
    before = set(sys.modules)
    with pytest.MonkeyPatch.context() as patch:
        for folder, _ in EXAMPLES.values():
            patch.syspath_prepend(str(ROOT / "docs" / "examples" / folder))
        yield {user: importlib.import_module(module) for user, (_, module) in EXAMPLES.items()}
        roots = {module for _, module in EXAMPLES.values()}
        for name in [one for one in set(sys.modules) - before if one.partition(".")[0] in roots]:
            del sys.modules[name]


def docstring(hook: str) -> str:
    return ast.get_docstring(SPECS[hook]) or ""


def test_it_is_a_specification_with_the_prefix_of_the_project(hook: str) -> None:
    manager = pluggy.PluginManager(hookspecs.PROJECT_NAME)
    manager.add_hookspecs(hookspecs)
    assert hook.startswith("vespera_")
    assert getattr(manager.hook, hook).has_spec()


def test_its_docstring_has_every_part(hook: str) -> None:
    first, second, *_ = docstring(hook).split("\n\n")
    assert "\n" not in first
    assert re.match(r"Called (once|before|after|each)", second)
    for label in ("None", "Raising", "Used by"):
        assert re.search(rf"^{label}: \S", docstring(hook), re.MULTILINE), f"{label} is missing"


def test_the_reference_has_its_exact_head(hook: str) -> None:
    page = (ROOT / "docs" / "reference" / "hooks.md").read_text(encoding="utf-8")
    node = SPECS[hook]
    returns = ast.unparse(node.returns) if node.returns else ""
    assert f"\n### {hook}\n\n```python\ndef {hook}({ast.unparse(node.args)}) -> {returns}\n```\n" in page
    head = inspect.getsource(hookspecs).split(f"def {hook}(")[1].split(":\n")[0]
    assert head == f"{ast.unparse(node.args)}) -> {returns}", "written in the file as on the page"


def test_those_that_it_names_as_users_implement_it(hook: str, examples: dict[str, ModuleType]) -> None:
    users = re.split(r"^Used by: ", docstring(hook), flags=re.MULTILINE)[1]
    named = {user: modules for user, modules in USERS.items() if user in users}
    found = {user: [_implements(importlib.import_module(one), hook) for one in named[user]] for user in named}
    found |= {user: [_implements(module, hook)] for user, module in examples.items() if user in users}
    assert found, "nobody of this repository is named"
    assert all(any(answers) for answers in found.values()), found


def test_nobody_else_implements_it(hook: str, examples: dict[str, ModuleType]) -> None:
    users = re.split(r"^Used by: ", docstring(hook), flags=re.MULTILINE)[1]
    for user, modules in USERS.items():
        if any(_implements(importlib.import_module(one), hook) for one in modules):
            assert user in users
    for user, module in examples.items():
        assert not _implements(module, hook) or user in users


def _implements(module: ModuleType, hook: str) -> bool:
    manager = pluggy.PluginManager(hookspecs.PROJECT_NAME)
    found = getattr(module, hook, None)
    return found is not None and manager.parse_hookimpl_opts(module, hook) is not None


def test_a_test_exercises_it(hook: str) -> None:
    files = [path for path in (ROOT / "tests").rglob("test_*.py") if path != Path(__file__)]
    assert any(hook in path.read_text(encoding="utf-8") for path in files)
