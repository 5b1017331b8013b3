"""What people may ask in Cypher: one statement that reads the graph, and nothing else of the machine.

The engine's read-only transactions stop writes to the graph, but not statements that end the transaction, that write
or read files, or that change settings. So those are refused by their words, before the engine sees them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from vespera_core.errors import InvalidInput
from vespera_core.model.basics import check_text
from vespera_kuzu.schema import KEYS, TABLES

_TOKEN: Final = re.compile(
    r"""(?P<text>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")|(?P<name>`[^`\\]*`)|(?P<comment>/\*.*?\*/|//[^\r\n]*)"""
    r"""|(?P<parameter>\$\w+)|(?P<word>[^\W\d]\w*)|(?P<number>\d\w*)|(?P<space>\s+)|(?P<sign>.)""",
    re.DOTALL,
)
_BEGINNINGS: Final = ("MATCH", "OPTIONAL", "UNWIND", "WITH", "RETURN", "CALL", "EXPLAIN")
_REFUSED: Final = frozenset({
    "ALTER", "ATTACH", "BEGIN", "CHECKPOINT", "COMMENT", "COMMIT", "COPY", "CREATE", "DELETE", "DETACH", "DROP",
    "EXPORT", "EXTENSION", "IMPORT", "INSTALL", "LOAD", "MACRO", "MERGE", "PROFILE", "REMOVE", "ROLLBACK", "SET",
    "TRANSACTION", "UNINSTALL", "UPDATE", "USE",
})  # fmt: skip
_CALLS: Final = ("SHOW_TABLES", "TABLE_INFO", "SHOW_CONNECTION", "SHOW_FUNCTIONS", "DB_VERSION", "CURRENT_SETTING")

HINT: Final = (
    f"Nodes are {', '.join(KEYS)}; relations, all from Task, are {', '.join(TABLES)}."
    " For example: MATCH (a:Task)-[:DEPENDS_ON]->(b:Task) RETURN a.task_id, b.task_id"
)


class _Token(NamedTuple):
    kind: str
    text: str

    @property
    def upper(self) -> str:
        return self.text.upper() if self.kind == "word" else self.text


class Question(NamedTuple):
    """A statement that may be asked, without its comments, and the names of its parameters."""

    text: str
    parameters: frozenset[str]


def refuse(message: str) -> InvalidInput:
    """The question is not one that is answered here."""
    return InvalidInput(message, field="text", next=HINT)


def read_question(text: str) -> Question:
    """Look at a person's question. Raises InvalidInput unless it is one statement that only reads the graph."""
    check_text("text", text, 100_000, empty=False)
    tokens = [_spaced(token) for token in _tokens(text)]
    solid = [token for token in tokens if token.kind != "space"]
    while solid and solid[-1].text == ";":
        solid.pop()
    _check_signs(solid)
    _check_beginning(solid)
    _check_words(solid)
    body = "".join(token.text for token in tokens).rstrip().rstrip(";").rstrip()
    return Question(body, frozenset(token.text[1:] for token in solid if token.kind == "parameter"))


def _tokens(text: str) -> Iterator[_Token]:
    return (_Token(str(found.lastgroup), found[0]) for found in _TOKEN.finditer(text))


def _spaced(token: _Token) -> _Token:
    """Comments go: engine and reader cannot disagree about where one ends."""
    return _Token("space", " ") if token.kind == "comment" else token


def _check_signs(tokens: list[_Token]) -> None:
    for token in tokens:
        if token.kind == "sign" and token.text in "'\"`":
            raise refuse(f"A quotation mark {token.text} has no end, or a name in ` ` has a backslash.")
        if token.text == ";":
            raise refuse("One statement at a time is answered.")


def _check_beginning(tokens: list[_Token]) -> None:
    first = tokens[1:] if tokens and tokens[0].upper == "EXPLAIN" else tokens
    if not first or first[0].upper not in _BEGINNINGS:
        raise refuse(f"A question begins with one of: {', '.join(_BEGINNINGS)}.")


def _check_words(tokens: list[_Token]) -> None:
    for before, token, after in zip(
        [_Token("sign", ""), *tokens], tokens, [*tokens[1:], _Token("sign", "")], strict=False
    ):
        if token.kind != "word" or before.text == ".":
            continue
        if token.upper in _REFUSED:
            raise refuse(
                f"{token.upper} is refused: questions only read the graph. (A name that reads so stands in ` `.)"
            )
        if token.upper == "CALL" and after.upper not in _CALLS:
            raise refuse(f"CALL is answered for {', '.join(name.lower() for name in _CALLS)} only.")
