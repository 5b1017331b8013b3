"""The embedded index needs no network."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[2]
WORK = """
import socket, sys
from pathlib import Path
from plugins.chroma.support import batch_of, exact, ids, matrix, opened
try:
    socket.create_connection(("127.0.0.1", 9), timeout=1)
except OSError as error:
    print(error.errno)
folder, vectors = Path(sys.argv[1]), matrix(200)
index = opened(folder)
index.load(iter(batch_of(vectors[:150])))
index.apply(batch_of(vectors)[150:], [])
index.close()
index = opened(folder)
assert ids(index.nearest(vectors[180], 10)) == exact(vectors, vectors[180], 10)
assert index.check() == []
index.close()
print("done")
"""


def test_it_works_where_there_is_no_network(folder: Path, tmp_path: Path) -> None:
    """In a network namespace without any interface that is up, with an empty home to keep models in."""
    for options in (["-n"], ["-r", "-n"]):
        tool = shutil.which("unshare")
        if tool and subprocess.run([tool, *options, "true"], capture_output=True).returncode == 0:
            break
    else:
        pytest.skip("this machine makes no network namespaces")
    home = tmp_path / "home"
    home.mkdir()
    done = subprocess.run(
        [tool, *options, sys.executable, "-c", WORK, str(folder)], capture_output=True, text=True, cwd=TESTS,
        env={**os.environ, "PYTHONPATH": str(TESTS), "HOME": str(home), "XDG_CACHE_HOME": str(home)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["101", "done"], "101: the network is unreachable"
    assert list(home.rglob("*")) == [], "nothing was fetched or noted down"
