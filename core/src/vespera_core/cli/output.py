"""Output: the JSON envelope, and writing that no terminal encoding and no stored text can break."""

from __future__ import annotations

import json
import sys
from typing import IO, Any, Final

SCHEMA_VERSION: Final = 1

_dense = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_spaced = json.JSONEncoder(separators=(", ", ": ")).encode
_RISKY: Final = {
    code: f"\\u{code:04x}"
    for code in (*range(0x7F, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x2028, 0x2029)
}
"""Characters that JSON may carry as they are, but that steer terminals or end lines."""


def write_json(data: Any) -> None:
    """Print data in the envelope, on one line; in a terminal of another encoding than UTF-8, in ASCII."""
    answer = {"schema_version": SCHEMA_VERSION, "data": data}
    text = _dense(answer)
    if not text.isascii():
        text = text.translate(_RISKY) if _carries_all(sys.stdout) else _spaced(answer)
    write(text)


def _carries_all(stream: IO[str]) -> bool:
    return (getattr(stream, "encoding", None) or "").lower().replace("_", "-") in ("utf-8", "utf8")


def error_json(body: dict[str, Any]) -> str:
    """An error for programs, on one line of ASCII: it may quote what no encoding can carry."""
    return _spaced({"error": body})


def write(text: str, stream: IO[str] | None = None) -> None:
    """Print text and a line end; characters that the stream's encoding lacks are escaped."""
    stream = stream or sys.stdout
    line = text + "\n"
    try:
        stream.write(line)
    except UnicodeEncodeError:
        encoding = getattr(stream, "encoding", None) or "ascii"
        stream.write(line.encode(encoding, "backslashreplace").decode(encoding))
