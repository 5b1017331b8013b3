"""The corpus: texts of all sources, without doubles, in an order given by the seed, with a slice held out."""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fetch import Debian, wanted_files
from texts import PER_PACKAGE, Text, from_file, from_stanza, sampled

HELD_OUT = 50  # one text in so many is never trained on
MOST_DESCRIPTIONS = 40_000
COMMON = 3  # a heading seen oftener says nothing of what follows it


def build(folder: Path, seed: int) -> dict[str, Any]:
    """Write `corpus.jsonl` (training) and `held.jsonl`; answers what they hold."""
    debian = Debian(folder)
    debian.update()
    texts = _distinct([*_descriptions(debian, seed), *_documentation(debian, seed)])
    random.Random(seed).shuffle(texts)
    held, kept = texts[: len(texts) // HELD_OUT], texts[len(texts) // HELD_OUT :]
    _write(folder / "held.jsonl", held)
    _write(folder / "corpus.jsonl", kept)
    counted = Counter(text.source for text in texts)
    facts = {"texts": len(kept), "held": len(held), "pairs": sum(bool(text.body) for text in kept)}
    return {**facts, "sources": dict(sorted(counted.items())), "licences": _licences(debian)}


def read(path: Path) -> list[Text]:
    """The texts of a file that `build` wrote."""
    with path.open(encoding="utf-8") as lines:
        return [Text(**json.loads(line)) for line in lines]


def _descriptions(debian: Debian, seed: int) -> list[Text]:
    found = [text for stanza in debian.stanzas() if (text := from_stanza(stanza))]
    found = [text for text in found if not re.search(r"transitional|dummy|debug symbols", text.title, re.IGNORECASE)]
    found.sort(key=lambda text: (text.title, text.body))
    random.Random(seed).shuffle(found)
    return found[:MOST_DESCRIPTIONS]


def _documentation(debian: Debian, seed: int) -> Iterator[Text]:
    files: dict[str, list[Path]] = {}
    for package, path in debian.files():
        files.setdefault(package, []).append(path)
    for package, paths in files.items():
        random.Random(seed).shuffle(paths)
        yield from sampled(_distinct(list(_enough(package, paths))), seed)


def _enough(package: str, paths: list[Path]) -> Iterator[Text]:
    """The texts of so many files as give three times what is kept: some have far more than is of use."""
    found = 0
    for path in paths:
        texts = list(from_file(package, path))
        found += len(texts)
        yield from texts
        if found > 3 * PER_PACKAGE:
            return


def _distinct(texts: list[Text]) -> list[Text]:
    """The first text of each title, and of each body; bodies under a heading that is common are left out."""
    seen = Counter(text.title.lower() for text in texts)
    titles, bodies = set[str](), set[str]()
    kept = []
    for text in texts:
        body = "" if seen[text.title.lower()] > COMMON or text.body[:80] in bodies else text.body
        if text.title.lower() not in titles:
            kept.append(Text(text.title, body, text.source))
        titles.add(text.title.lower())
        bodies.add(body[:80])
    return kept


def _licences(debian: Debian) -> dict[str, str]:
    """The licences that each package's copyright file names in its machine-readable form; whole sentences are none."""
    found = {
        one: re.findall(r"^License: *([A-Z0-9]\S*(?: \S+){0,4})$", debian.copyright(one), re.MULTILINE)
        for one in wanted_files()
    }
    return {one: ", ".join(sorted(set(names))[:8]) or "see its copyright file" for one, names in found.items()}


def _write(path: Path, texts: list[Text]) -> None:
    with path.open("w", encoding="utf-8") as file:
        for text in texts:
            file.write(json.dumps({"title": text.title, "body": text.body, "source": text.source}) + "\n")
