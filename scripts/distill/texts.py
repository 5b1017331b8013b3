"""Texts that look like work items, out of descriptions, documentation and change logs: a title, and a body if any."""

from __future__ import annotations

import gzip
import html
import random
import re
from collections.abc import Iterator
from pathlib import Path

from vespera_core.model.record import record

LONGEST = 900  # characters of a body: the teacher reads no further
PER_PACKAGE = 4000
PER_FILE = 4_000_000  # bytes read of one file

_HIDDEN = re.compile(r"<(script|style|pre|nav|table|head)\b.*?</\1>|<!--.*?-->", re.DOTALL | re.IGNORECASE)
_BLOCK = re.compile(r"<(/?(?:h[1-6]|p|li|dd|dt|div|ul|ol|dl|section|body|br))\b[^>]*>", re.IGNORECASE)
_TAG = re.compile(r"<[^>]*>")
_SPACES = re.compile(r"\s+")
_BULLET = re.compile(r"^\s{0,8}(?:[*+•-]|\d+[.)]|o)\s+|^\s*\n", re.MULTILINE)
_MARKS = re.compile(
    r"\(?\b(?:closes|fixes|fixed in|bug|issue|gh-issue|bpo|cve)?[:\s-]*#\d+\)?|gh-issue-\d+:|bpo-\d+:|\S+@\S+|https?://\S+"
    r"|\(?(?:patch|contributed|reported|pull request|suggested)(?: courtesy)? (?:by|from|of) [^.)]*[.)]?"
    r"|`{1,2}|:\w+:(?=`)|¶|\[\d+\]|\*\*",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"(?<=[a-z0-9)\"'][.!?])\s+(?=[A-Z])")
_WORD = re.compile(r"[A-Za-z]{2,}")


@record(frozen=True, slots=True)
class Text:
    """A title as somebody would write it, what follows it, and where both come from."""

    title: str
    body: str
    source: str


def from_stanza(stanza: str) -> Text | None:
    """The short and the long description of a package."""
    found = re.search(r"^Description(?:-en)?: (.*)\n((?: .*\n?)*)", stanza, re.MULTILINE)
    if not found:
        return None
    body = " ".join(line.strip() for line in found[2].splitlines() if line.strip() != ".")
    return Text(found[1].strip(), body[:LONGEST], "descriptions")


def from_file(source: str, path: Path) -> Iterator[Text]:
    """The texts of one file."""
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
        raw = file.read(PER_FILE)
    text = raw.decode("utf-8", errors="replace")
    yield from _of_page(text, source) if path.suffix in (".html", ".htm") else _of_prose(text, source)


def sampled(texts: list[Text], seed: int) -> list[Text]:
    """At most so many texts, drawn by the seed, in their order."""
    if len(texts) <= PER_PACKAGE:
        return texts
    kept = sorted(random.Random(seed).sample(range(len(texts)), PER_PACKAGE))
    return [texts[number] for number in kept]


def _of_page(page: str, source: str) -> Iterator[Text]:
    heading, under = "", list[str]()
    for kind, block in _blocks(page):
        if kind[0] == "h":
            yield from _section(heading, under, source)
            heading, under = block, []
        else:
            under.append(block)
            yield from _paragraph(block, source)
    yield from _section(heading, under, source)


def _blocks(page: str) -> Iterator[tuple[str, str]]:
    """The headings and paragraphs of a page, in order."""
    parts = _BLOCK.split(_HIDDEN.sub(" ", page))
    for tag, inner in zip(parts[1::2], parts[2::2], strict=True):
        block = clean(html.unescape(_TAG.sub("", inner)))
        if block:
            yield ("h" if re.fullmatch(r"h[1-6]", tag, re.IGNORECASE) else "p"), block


def _section(heading: str, under: list[str], source: str) -> Iterator[Text]:
    body = " ".join(under)[:LONGEST]
    if _words(heading) >= 2 and _words(body) >= 10:
        yield Text(heading, body, source)


def _of_prose(text: str, source: str) -> Iterator[Text]:
    for block in _BULLET.split(text):
        yield from _paragraph(clean(block), source)


def _paragraph(block: str, source: str) -> Iterator[Text]:
    """The first sentence as a title, with what follows as its body; enough of the others stand for themselves."""
    sentences = _SENTENCE.split(block)
    if _words(sentences[0]) >= 3 and len(sentences[0]) <= 300 and _readable(sentences[0]):
        yield Text(sentences[0], " ".join(sentences[1:])[:LONGEST], source)
    for one in sentences[1::2]:
        if _words(one) >= 5 and len(one) <= 300 and _readable(one):
            yield Text(one, "", source)


def clean(text: str) -> str:
    """Without marks of issues, addresses and markup, in single spaces."""
    return _SPACES.sub(" ", _MARKS.sub(" ", text)).strip(" -:*")


def _words(text: str) -> int:
    return len(_WORD.findall(text))


def _readable(text: str) -> bool:
    """Whether most of it is words in Latin letters, rather than a table, a path or another language."""
    return sum(len(word) for word in _WORD.findall(text)) > 0.6 * len(text)
