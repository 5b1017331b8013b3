"""Planted texts: values that must be found nowhere on the disk in clear."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path


def planted(folder: Path, *texts: str) -> list[tuple[str, str]]:
    """Files below a folder that hold one of the texts, as it is, in another encoding, or as Base64."""
    forms = {form: text for text in texts for form in _forms(text)}
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    assert files, folder
    return [
        (str(path.relative_to(folder)), text)
        for path in files
        for data in [path.read_bytes()]
        for form, text in forms.items()
        if form in data
    ]


def _forms(text: str) -> list[bytes]:
    plain = text.encode()
    escaped = text.encode("ascii", "backslashreplace")
    return [plain, escaped, text.encode("utf-16-le"), b64encode(plain).rstrip(b"="), plain.hex().encode()]
