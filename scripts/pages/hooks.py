"""The page of hooks."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator

from pages.words import page, prose
from vespera_core import hookspecs


def hooks_page() -> str:
    lead = prose(hookspecs.__doc__).partition("\n\n")[2]
    return page("Hooks", lead + "\n\nHow to write a plugin: [howto](../howto/write-a-plugin.md).", _hook_parts())


def _hook_parts() -> Iterator[str]:
    source = inspect.getsource(hookspecs)
    bars = {number: match[1] for number, line in enumerate(source.splitlines(), 1) if (match := _BAR.fullmatch(line))}
    last = 0
    for node in ast.parse(source).body:
        if not isinstance(node, ast.FunctionDef):
            continue
        for number, title in bars.items():
            if last < number < node.lineno:
                yield f"## {title[0].upper()}{title[1:]}"
        last = node.lineno
        yield f"### {node.name}"
        yield f"```python\n{signature(node)}\n```"
        yield _hook_text(ast.get_docstring(node) or "")


_BAR = re.compile(r"# -+ (.+)")
_LABEL = re.compile(r"(None|Raising|Used by): (.*)")


def signature(node: ast.FunctionDef) -> str:
    """A function's head as it stands in the file."""
    returns = ast.unparse(node.returns) if node.returns else "None"
    return f"def {node.name}({ast.unparse(node.args)}) -> {returns}"


def _hook_text(docstring: str) -> str:
    paragraphs: list[str] = []
    for line in docstring.splitlines():
        match = _LABEL.match(line)
        if match:
            paragraphs.append(f"- **{match[1]}:** {match[2]}")
        elif not line.strip():
            paragraphs.append("")
        elif paragraphs and paragraphs[-1]:
            paragraphs[-1] += f" {line.strip()}"
        else:
            paragraphs.append(line.strip())
    return prose("\n".join(paragraphs)).replace(" - **", "\n- **")
