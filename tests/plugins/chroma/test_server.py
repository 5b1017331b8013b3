"""The index on a Chroma server."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from plugins.chroma.support import batch_of, context_of, exact, ids, matrix, opened, projected
from vespera_core.errors import EngineFault
from vespera_core.model.query import TaskQuery
from vespera_core.ports.projection import Gone


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A running server."""
    folder, port = tmp_path_factory.mktemp("server"), free_port()
    tool = Path(sys.executable).with_name("chroma")
    command = [str(tool), "run", "--path", str(folder), "--host", "127.0.0.1", "--port", str(port)]
    with (folder / "log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log, cwd=folder) as process:
        try:
            wait_for(port, process)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(20)


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        assert process.poll() is None, "the server did not start"
        with socket.socket() as trial:
            if trial.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError("the server does not listen")


def test_it_serves_as_the_embedded_one_does(folder: Path, url: str) -> None:
    vectors = matrix(200)
    context = context_of(folder, name="vespera-vectors-served")
    index: Any = opened(folder, context, url=url)
    assert index.nearest(vectors[0], 3) == []
    assert index.load(iter(batch_of(vectors))) == 200
    index.apply([projected(3, vectors[3], version=2, role="dev"), projected(200, None)], [Gone("p-00009", 2)])
    index.close()
    index = opened(folder, context, url=url)
    held = index.versions()
    assert (len(held), held["p-00003"], held["p-00200"]) == (200, 2, 1)
    wanted = [one for one in exact(vectors, vectors[9], 11) if one != "p-00009"][:10]
    assert ids(index.nearest(vectors[9], 10)) == wanted
    assert ids(index.nearest(vectors[9], 10, TaskQuery(role="dev"))) == ["p-00003"]
    assert ids(index.nearest(vectors[9], 10, among=["p-00004", "nobody"])) == ["p-00004"]
    assert index.check() == []
    index.close()
    assert [path.name for path in folder.iterdir() if path.is_file()] == ["manifest.json"]


def test_two_indexes_share_a_server(tmp_path: Path, url: str) -> None:
    vectors = matrix(10)
    indexes = []
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        indexes.append(opened(tmp_path / name, context_of(tmp_path / name, name=f"vespera-{name}"), url=url))
    indexes[0].apply(batch_of(vectors), [])
    assert (len(indexes[0].versions()), indexes[1].versions()) == (10, {})
    for index in indexes:
        index.close()


def test_a_copy_of_a_workspace_does_not_take_the_other_ones_collection(tmp_path: Path, url: str) -> None:
    first = tmp_path / "first"
    first.mkdir()
    opened(first, context_of(first, name="vespera-original"), url=url).close()
    shutil.copytree(first, tmp_path / "copy")
    with pytest.raises(EngineFault, match="of which this is a copy"):
        opened(tmp_path / "copy", context_of(tmp_path / "copy", name="vespera-copied"), url=url)


def test_a_server_that_is_not_there(folder: Path) -> None:
    with pytest.raises(EngineFault, match="does not answer") as caught:
        opened(folder, url=f"http://127.0.0.1:{free_port()}")
    assert "Start the server" in caught.value.next
