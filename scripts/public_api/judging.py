"""What differs between two lists, and whether somebody's plugin breaks by it.

A change is compatible where every plugin that was right before is right afterwards: as one that calls, builds, catches
or implements. What cannot be told counts as breaking.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import NamedTuple

_FUNCTION = re.compile(
    r"(?P<kind>(?:abstract |async )*(?:method|classmethod|staticmethod|function|hook)[a-z ]*) (?P<signature>\(.*)"
)


class Change(NamedTuple):
    """A name that changed: what it was and is (empty: it was not there, or is gone), and whether that breaks."""

    name: str
    before: str
    after: str
    breaks: bool


def changes(released: dict[str, str], now: dict[str, str]) -> list[Change]:
    """What differs, sorted. Of what is wholly new or gone only the whole is named, and not its members."""
    names = sorted(name for name in released.keys() | now.keys() if released.get(name) != now.get(name))
    found = [_change(name, released, now) for name in names]
    return [*(one for one in found if not _is_within(one, released, now)), *_moved(released, now)]


def _change(name: str, released: dict[str, str], now: dict[str, str]) -> Change:
    before, after = released.get(name, ""), now.get(name, "")
    if not before:
        breaks = name.rpartition(".")[0] in released and _addition_breaks(name, now)
    else:
        breaks = not after or not fits(before, after)
    return Change(name, before, after, breaks)


def _is_within(one: Change, released: dict[str, str], now: dict[str, str]) -> bool:
    owner = one.name.rpartition(".")[0]
    if not one.before:
        return owner in now and owner not in released
    return not one.after and owner in released and owner not in now


def _addition_breaks(name: str, now: dict[str, str]) -> bool:
    """Whether a new member asks something of those who implement or build what it belongs to."""
    text, owner = now[name], now[name.rpartition(".")[0]]
    if text.startswith("field"):
        return "(NamedTuple" in owner or "=" not in text
    return text.startswith("abstract ")


def _moved(released: dict[str, str], now: dict[str, str]) -> Iterator[Change]:
    """Records whose fields are given in order, and have another one: those that were there no longer come first."""
    for name, text in now.items():
        if name in released and text.startswith(("record", "class (NamedTuple")) and "kw_only" not in text:
            before, after = _fields(name, released), _fields(name, now)
            kept = [one for one in before if one in after]
            if released[name] == text and after[: len(kept)] != kept:
                yield Change(name, f"fields {', '.join(before)}", f"fields {', '.join(after)}", breaks=True)


def _fields(owner: str, names: dict[str, str]) -> list[str]:
    members = {name.rpartition(".")[2]: text for name, text in names.items() if name.rpartition(".")[0] == owner}
    return [name for name, text in members.items() if text.startswith("field")]


def fits(before: str, after: str) -> bool:
    """Whether what was right with the one line is right with the other."""
    if before.removeprefix("abstract ") == after:
        return True
    old, new = _FUNCTION.fullmatch(before), _FUNCTION.fullmatch(after)
    if not old or not new:
        return _value_fits(before, after)
    if old["kind"] != new["kind"] or old["kind"].startswith("abstract "):
        return False
    judge = _hook_fits if old["kind"].startswith("hook") else _call_fits
    return judge(_signature(old["signature"]), _signature(new["signature"]))


def _signature(text: str) -> ast.FunctionDef:
    (node,) = ast.parse(f"def f{text}: ...").body
    assert isinstance(node, ast.FunctionDef)
    return node


def _hook_fits(old: ast.FunctionDef, new: ast.FunctionDef) -> bool:
    """Plugins name the parameters that they use, so more may be offered; what they answer has to be taken still."""
    had, has = ({one.arg: _type(one.annotation) for one in node.args.args} for node in (old, new))
    return all(has.get(name) == kind for name, kind in had.items()) and _type(old.returns) <= _type(new.returns)


def _call_fits(old: ast.FunctionDef, new: ast.FunctionDef) -> bool:
    """Callers may go on giving what they gave, and get nothing that they did not get."""
    had, has = _parameters(old.args), _parameters(new.args)
    added = [has[name] for name in has.keys() - had.keys()]
    return (
        all(name in has and _is_taken(one, has[name]) for name, one in had.items())
        and all(one.optional for one in added)
        and _type(new.returns) <= _type(old.returns)
    )


class _Parameter(NamedTuple):
    place: int | str
    types: frozenset[str]
    default: str
    optional: bool


def _parameters(given: ast.arguments) -> dict[str, _Parameter]:
    """Parameters by name; one that is given by its name alone has no place."""
    ordered = [*given.posonlyargs, *given.args]
    defaults: list[ast.expr | None] = [None] * (len(ordered) - len(given.defaults))
    found: dict[str, _Parameter] = {}
    for place, (one, default) in enumerate(zip(ordered, [*defaults, *given.defaults], strict=True)):
        kind = f"only {place}" if one in given.posonlyargs else place
        found[one.arg] = _Parameter(kind, _type(one.annotation), _text(default), default is not None)
    for one, default in zip(given.kwonlyargs, given.kw_defaults, strict=True):
        found[one.arg] = _Parameter("named", _type(one.annotation), _text(default), default is not None)
    for stars, rest in (("*", given.vararg), ("**", given.kwarg)):
        if rest is not None:
            found[stars] = _Parameter(stars, _type(rest.annotation), "", optional=True)
    return found


def _is_taken(old: _Parameter, new: _Parameter) -> bool:
    placed = old.place == new.place or (old.place == "named" and isinstance(new.place, int))
    return placed and old.types <= new.types and (old.default == new.default if old.optional else True)


def _type(annotation: ast.expr | None) -> frozenset[str]:
    """The alternatives of a type."""
    if isinstance(annotation, ast.BinOp) and isinstance(annotation.op, ast.BitOr):
        return _type(annotation.left) | _type(annotation.right)
    return frozenset({_text(annotation)})


def _text(node: ast.expr | None) -> str:
    return "" if node is None else ast.unparse(node)


def _value_fits(before: str, after: str) -> bool:
    """A field may get a default, a class another base; all else is what it was."""
    if before.startswith("field:") and "=" not in before:
        return after.startswith(f"{before} =")
    if before.startswith(("class", "record")) and before.partition(" (")[0] == after.partition(" (")[0]:
        old, new = _bases(before), _bases(after)
        return old <= new and not {"Protocol", "NamedTuple", "ABC"} & (new - old)
    return False


def _bases(text: str) -> set[str]:
    tree = ast.parse(f"f({text.partition(' (')[2].removesuffix(')')})", mode="eval").body
    return {ast.unparse(one) for one in tree.args} if isinstance(tree, ast.Call) else set()
