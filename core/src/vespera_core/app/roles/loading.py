"""Reading YAML that nobody vouches for: text, numbers, lists and mappings, each with the line that it stands on.

The events of the parser are read, not its objects: so tags, doubled keys and deep nests are refused where they stand,
and an alias costs what it repeats.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import yaml

MAX_BYTES: Final = 256 * 1024
MAX_VALUES: Final = 20_000
"""How many values a file may hold, what its aliases repeat counted again."""

MAX_DEPTH: Final = 12

_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_WORDS: Final = {"": None, "~": None, "null": None, "true": True, "false": False}
_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,18}")

Path = tuple[str | int, ...]


class YamlProblem(Exception):
    """What is wrong, and on which line, counted from 1."""

    def __init__(self, text: str, line: int) -> None:
        super().__init__(text)
        self.text = text
        self.line = line


class Document:
    """The value of a file; `line` says where a part of it stands."""

    def __init__(self, text: str) -> None:
        """Raises YamlProblem."""
        self._lines: dict[Path, int] = {}
        self._anchors: dict[str, list[yaml.Event]] = {}
        self._count = 0
        self.value = self._read(text)

    def line(self, path: Path) -> int:
        """The line of a value, or of the nearest one around it that stands in the file."""
        while path and path not in self._lines:
            path = path[:-1]
        return self._lines.get(path, 1)

    def _read(self, text: str) -> Any:
        try:
            events = list(_events(text))
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            raise YamlProblem(f"it is not YAML: {error.problem}", mark.line + 1 if mark else 1) from None
        except yaml.YAMLError as error:
            raise YamlProblem(f"it is not YAML: {' '.join(str(error).split())}", 1) from None
        stream = iter(events)
        first = next(stream, None)
        if first is None:
            return None
        value = self._value(first, stream, ())
        for more in stream:
            raise YamlProblem("it holds a second document", _line(more))
        return value

    def _value(self, event: Any, stream: Iterator[Any], path: Path) -> Any:
        self._count += 1
        if self._count > MAX_VALUES:
            raise YamlProblem(f"it holds more than {MAX_VALUES:,} values", _line(event))
        if len(path) > MAX_DEPTH:
            raise YamlProblem(f"it is nested more than {MAX_DEPTH} levels deep", _line(event))
        self._lines[path] = _line(event)
        if isinstance(event, yaml.AliasEvent):
            return self._repeated(event, path)
        if event.tag is not None:
            raise YamlProblem(f"tags such as {event.tag!r} are not read", _line(event))
        if event.anchor is not None:
            event, stream = self._anchored(event, stream)
        if isinstance(event, yaml.ScalarEvent):
            return _scalar(event)
        if isinstance(event, yaml.SequenceStartEvent):
            return list(self._items(stream, path))
        return self._mapping(stream, path)

    def _anchored(self, event: Any, stream: Iterator[Any]) -> tuple[Any, Iterator[Any]]:
        """Keep the events of a value that may be repeated."""
        kept, depth, one = [event], int(not isinstance(event, yaml.ScalarEvent)), event
        while depth:
            one = next(stream)
            depth += isinstance(one, yaml.CollectionStartEvent) - isinstance(one, yaml.CollectionEndEvent)
            kept.append(one)
        if any(isinstance(one, yaml.AliasEvent) and one.anchor == event.anchor for one in kept):
            raise YamlProblem(f"&{event.anchor} holds itself", _line(event))
        self._anchors[event.anchor] = kept
        return event, iter(kept[1:])

    def _repeated(self, event: Any, path: Path) -> Any:
        kept = self._anchors.get(event.anchor)
        if kept is None:
            raise YamlProblem(f"*{event.anchor} stands for nothing above it", _line(event))
        first = kept[0]
        plain = iter(kept[1:])
        if isinstance(first, yaml.ScalarEvent):
            return _scalar(first)
        if isinstance(first, yaml.SequenceStartEvent):
            return list(self._items(plain, path))
        return self._mapping(plain, path)

    def _items(self, stream: Iterator[Any], path: Path) -> Iterator[Any]:
        for place, event in enumerate(stream):
            if isinstance(event, yaml.SequenceEndEvent):
                return
            yield self._value(event, stream, (*path, place))

    def _mapping(self, stream: Iterator[Any], path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for event in stream:
            if isinstance(event, yaml.MappingEndEvent):
                break
            if not isinstance(event, yaml.ScalarEvent) or event.tag is not None:
                raise YamlProblem("a key must be plain text", _line(event))
            if event.value in found:
                raise YamlProblem(f"the key {event.value!r} stands here a second time", _line(event))
            inner = (*path, event.value)
            found[event.value] = None
            found[event.value] = self._value(next(stream), stream, inner)
            self._lines[inner] = _line(event)
        return found


_FRAME: Final = (yaml.StreamStartEvent, yaml.StreamEndEvent, yaml.DocumentStartEvent, yaml.DocumentEndEvent)


def _events(text: str) -> Iterator[Any]:
    """The events within the frame; a deep nest ends it early, since the parser's own time grows with its square."""
    depth = 0
    for count, event in enumerate(yaml.parse(text, _LOADER)):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            raise YamlProblem(f"it is nested more than {MAX_DEPTH} levels deep", _line(event))
        if count > 2 * MAX_VALUES:
            raise YamlProblem(f"it holds more than {MAX_VALUES:,} values", _line(event))
        if not isinstance(event, _FRAME):
            yield event


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1


def _scalar(event: Any) -> Any:
    """Plain words as YAML 1.2 reads them: ``no`` and ``on`` are words, and only whole numbers are numbers."""
    text: str = event.value
    if event.style not in (None, ""):
        return text
    if text in _WORDS:
        return _WORDS[text]
    return int(text) if _NUMBER.fullmatch(text) else text
