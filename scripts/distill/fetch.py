"""Debian's package descriptions and documentation, by apt, in folders of our own: nothing of the system is changed."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

WANTED = Path(__file__).with_name("packages.txt")


class Debian:
    """The packages of this machine's Debian release, as its own mirror has them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        for part in ("lists/partial", "cache/archives/partial", "debs", "files"):
            (folder / part).mkdir(parents=True, exist_ok=True)
        own = {"Dir::State::Lists": "lists", "Dir::Cache": "cache"}
        self._options = [f"-o{key}={folder.resolve() / part}" for key, part in own.items()]
        self._options += ["-oAcquire::Languages=en", "-oAPT::Sandbox::User=root"]

    def update(self) -> None:
        """Fetch the indexes, with the long descriptions in English."""
        if not any((self._folder / "lists").glob("*Translation-en*")):
            self._run("apt-get", "update", "-qq")

    def stanzas(self) -> Iterator[str]:
        """The description of each package, in English."""
        for path in sorted((self._folder / "lists").glob("*Translation-en*")):
            yield from self._run("/usr/lib/apt/apt-helper", "cat-file", str(path)).split("\n\n")

    def files(self) -> Iterator[tuple[str, Path]]:
        """The files that `packages.txt` asks for, each with its package; symbolic links are left out."""
        wanted = wanted_files()
        self._download(list(wanted))
        for package, patterns in wanted.items():
            for path in sorted(self._unpacked(package).rglob("*")):
                if path.is_file() and not path.is_symlink() and any(fnmatch(str(path), f"*/{one}") for one in patterns):
                    yield package, path

    def copyright(self, package: str) -> str:
        """What the package says of its licences; empty if it says it elsewhere."""
        path = self._unpacked(package) / "usr/share/doc" / package / "copyright"
        return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""

    def _download(self, packages: list[str]) -> None:
        missing = [one for one in packages if not any((self._folder / "debs").glob(f"{one}_*.deb"))]
        if missing:
            self._run("apt-get", "download", "-qq", *missing, cwd=self._folder / "debs")

    def _unpacked(self, package: str) -> Path:
        target = self._folder / "files" / package
        if not target.is_dir():
            archive = next((self._folder / "debs").glob(f"{package}_*.deb"))
            self._run("dpkg-deb", "-x", str(archive.resolve()), str(target.resolve()), own=False)
        return target

    def _run(self, program: str, *arguments: str, cwd: Path | None = None, own: bool = True) -> str:
        command = [program, *(self._options if own else []), *arguments]
        return subprocess.run(command, cwd=cwd, check=True, stdout=subprocess.PIPE, encoding="utf-8").stdout


def wanted_files() -> dict[str, list[str]]:
    """The packages to read, with the patterns of their files."""
    lines = [line.split() for line in WANTED.read_text(encoding="utf-8").splitlines() if line and line[0] != "#"]
    return {line[0]: line[1:] for line in lines}
