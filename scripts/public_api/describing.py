"""What a definition says, one line a name: its kind, then its signature, type or value.

A class is followed by its members: fields in their order, which is that of its constructor, then the rest by name.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from public_api.sources import Node, Place, module, resolve

LONGEST_VALUE = 100
"""A value that takes more is prose or a table, and its words may change."""

UNTOLD = ("__repr__", "__str__", "__eq__", "__hash__", "__slots__", "__getattr__")
TESTS = "test_"
"""What a suite of the kit asks for is told by its report: its tests are no names that authors call."""

READ = {"property": ("property", "cached_property"), "fixture": ("fixture",)}
"""Functions whose parameters are nobody's business: what asks for them gets their value."""

ROOT_OF_ERRORS = "vespera_core.errors.VesperaError"

Line = tuple[str, str]


def described(place: Place, shown: str) -> Iterator[Line]:
    """The lines of a definition, under the name by which authors know it."""
    node = _node(place)
    if isinstance(node, ast.ClassDef):
        yield from _class_lines(place, node, shown)
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        yield shown, _function(node, "hook" if _is_hook(node) else "function")
    else:
        yield shown, _value("constant", node)


def named_in(place: Place) -> Iterator[Place]:
    """Definitions of ours that the public part of a definition names: annotations and base classes."""
    node = _node(place)
    for tree in _typed(node):
        for one in ast.walk(tree):
            if isinstance(one, ast.Name | ast.Attribute) and (found := resolve(place.module, ast.unparse(one))):
                yield found


def _node(place: Place) -> Node:
    found = module(place.module)
    if found is None:
        raise LookupError(str(place))
    return found.defined[place.name]


def _typed(node: Node) -> Iterator[ast.expr]:
    """The expressions of a definition that name types."""
    if isinstance(node, ast.ClassDef):
        yield from node.bases
        for member in _members(node).values():
            yield from _typed(member)
    elif isinstance(node, ast.AnnAssign):
        yield node.annotation
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs, node.args.vararg, node.args.kwarg]
        yield from (one.annotation for one in arguments if one is not None and one.annotation is not None)
        if node.returns is not None:
            yield node.returns


def _class_lines(place: Place, node: ast.ClassDef, shown: str) -> Iterator[Line]:
    bases = f" ({', '.join(map(ast.unparse, node.bases))})" if node.bases else ""
    if _is_error(place):
        yield shown, f"error{bases} code={_inherited(place, 'code')} exit_code={_inherited(place, 'exit_code')}"
    else:
        yield shown, _class_kind(node) + bases
    members = _members(node)
    fields = [name for name, member in members.items() if _is_field(node, member)]
    for name in [*fields, *sorted(members.keys() - set(fields))]:
        if not (_is_error(place) and name in ("code", "exit_code", "default_next")):
            yield f"{shown}.{name}", _member(members[name], is_field=name in fields)
    yield from ((f"{shown}.{name}", text) for name, text in _attributes(node) if name not in members)


def _members(node: ast.ClassDef) -> dict[str, Node]:
    """What a class defines and does not hide; of a property the part that reads."""
    members: dict[str, Node] = {}
    for one in node.body:
        if isinstance(one, ast.Assign) and isinstance(one.targets[0], ast.Name):
            members[one.targets[0].id] = one
        elif isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name):
            members[one.target.id] = one
        elif isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef):
            members.setdefault(one.name, one)
    return {name: one for name, one in members.items() if _is_public(name)}


def _is_public(name: str) -> bool:
    if name.startswith("__"):
        return name.endswith("__") and name not in UNTOLD
    return not name.startswith(("_", TESTS))


def _attributes(node: ast.ClassDef) -> list[Line]:
    """What a constructor lays on the instance."""
    made = next((one for one in node.body if isinstance(one, ast.FunctionDef) and one.name == "__init__"), None)
    if made is None:
        return []
    known = {one.arg: one.annotation for one in (*made.args.args, *made.args.kwonlyargs)}
    found: dict[str, str] = {}
    for one in ast.walk(made):
        if isinstance(one, ast.Assign | ast.AnnAssign):
            target = one.targets[0] if isinstance(one, ast.Assign) else one.target
            if isinstance(target, ast.Attribute) and ast.unparse(target.value) == "self" and _is_public(target.attr):
                kind = one.annotation if isinstance(one, ast.AnnAssign) else _type_of(one.value, known)
                found[target.attr] = "attribute" + (f": {ast.unparse(kind)}" if kind else "")
    return sorted(found.items())


def _type_of(value: ast.expr, known: dict[str, ast.expr | None]) -> ast.expr | None:
    return known.get(value.id) if isinstance(value, ast.Name) else None


def _class_kind(node: ast.ClassDef) -> str:
    """``class``, or ``record`` with the options that say how it is built."""
    options = _decorator(node, "record", "dataclass")
    if options is None:
        return "class"
    told = options.keywords if isinstance(options, ast.Call) else []
    return " ".join(["record", *(one.arg for one in told if one.arg == "kw_only")])


def _is_field(owner: ast.ClassDef, member: Node) -> bool:
    if not isinstance(member, ast.AnnAssign) or ast.unparse(member.annotation).startswith("ClassVar"):
        return False
    return _decorator(owner, "record", "dataclass") is not None or "NamedTuple" in map(ast.unparse, owner.bases)


def _is_error(place: Place) -> bool:
    node = _node(place)
    bases = [resolve(place.module, ast.unparse(base)) for base in node.bases] if isinstance(node, ast.ClassDef) else []
    return str(place) == ROOT_OF_ERRORS or any(_is_error(base) for base in bases if base)


def _inherited(place: Place, attribute: str) -> str:
    """The value of a class attribute, from the class itself or the nearest base that has it."""
    node = _node(place)
    if not isinstance(node, ast.ClassDef):
        return ""
    if (member := _members(node).get(attribute)) is not None and not isinstance(member, ast.FunctionDef):
        return ast.unparse(member.value) if getattr(member, "value", None) else ""
    bases = (resolve(place.module, ast.unparse(base)) for base in node.bases)
    return next((value for base in bases if base and (value := _inherited(base, attribute))), "")


def _member(node: Node, *, is_field: bool) -> str:
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return _value("field" if is_field else "attribute", node)
    abstract = "abstract " if _decorator(node, "abstractmethod") is not None else ""
    for kind, decorators in READ.items():
        if _decorator(node, *decorators) is not None:
            return f"{abstract}{kind}: {ast.unparse(node.returns) if node.returns else 'Any'}"
    kinds = ("classmethod", "staticmethod")
    return abstract + _function(node, next((kind for kind in kinds if _decorator(node, kind)), "method"))


def _function(node: ast.FunctionDef | ast.AsyncFunctionDef, kind: str) -> str:
    waits = "async " if isinstance(node, ast.AsyncFunctionDef) else ""
    options = _decorator(node, "hookspec")
    told = " ".join(one.arg or "" for one in options.keywords) if isinstance(options, ast.Call) else ""
    returns = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    return f"{waits}{kind}{told and f' {told}'} ({ast.unparse(node.args)}){returns}"


def _is_hook(node: Node) -> bool:
    return _decorator(node, "hookspec") is not None


def _decorator(node: Node, *names: str) -> ast.expr | None:
    """The decorator of one of these names, by its last word."""
    for one in getattr(node, "decorator_list", ()):
        if ast.unparse(one.func if isinstance(one, ast.Call) else one).rpartition(".")[2] in names:
            return one  # type: ignore[no-any-return]
    return None


def _value(kind: str, node: Node) -> str:
    text = f"{kind}: {ast.unparse(node.annotation)}" if isinstance(node, ast.AnnAssign) else kind
    value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
    said = _said(value) if value is not None else ""
    return text + (f" = {said if len(said) <= LONGEST_VALUE else '...'}" if said else "")


def _said(value: ast.expr) -> str:
    """A value as written; of ``field(...)`` what it gives a record, which may be nothing."""
    if not (isinstance(value, ast.Call) and ast.unparse(value.func) == "field"):
        return ast.unparse(value)
    given = {one.arg: ast.unparse(one.value) for one in value.keywords}
    return given.get("default") or (f"{given['default_factory']}()" if "default_factory" in given else "")
