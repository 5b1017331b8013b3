"""T17 in part: clients that are slow, silent, hasty or rude cost a server little, and others next to nothing.

What others wait is compared within one run: with nobody rude about, and while hundreds are.
"""

from __future__ import annotations

import contextlib
import socket
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

import pytest

from reliability.support.dose import DEEP, dose, say
from reliability.support.rest import Line
from reliability.support.server import Server, running

HEADER_SECONDS: Final = 2
ROOM: Final = "live_connections = 1000\nlive_connections_per_caller = 1000\n"
MEGABYTE: Final = 1 << 20
GROWTH: Final = 100 * MEGABYTE
"""Bytes that a server may grow by, whatever rude clients do."""
SLOWER: Final = 2.0
"""How much longer others may wait meanwhile: usually, and at most (the 99th percentile)."""
STRAGGLER: Final = 20.0 if DEEP else 60.0
"""How many usual waits the 99th percentile may be in any case: a shared machine makes such stragglers by itself, and of
the few waits of a reduced dose it is the longest."""
SETTLING: Final = 20


HEAD: Final = b" HTTP/1.1\r\nHost: localhost\r\n"
GET: Final = b"GET /api/v1/tasks?limit=5" + HEAD + b"\r\n"
BIG: Final = b"GET /openapi.json" + HEAD + b"\r\n"
STREAM: Final = b"GET /api/v1/events/stream?cursor=0" + HEAD + b"\r\n"
POST: Final = b"POST /api/v1/tasks" + HEAD + b"Content-Type: application/json\r\n"

Rude = Callable[[int], list[socket.socket]]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server over 100 tasks that waits two seconds for the head of a request."""
    from reliability.support.workspaces import make_workspace

    folder = make_workspace(tmp_path_factory.mktemp("slow"))
    with (folder / ".vespera" / "config.toml").open("a") as stream:
        stream.write(f"\n[transport.rest]\nheader_seconds = {HEADER_SECONDS}\n{ROOM}")
    with running(folder) as server:
        line = Line(server.port)
        plans = [{"title": f"Task {number}", "description": "words " * 100} for number in range(100)]
        assert line.ask("POST", "/tasks/bulk", {"tasks": plans}).done
        line.close()
        yield server
        assert server.end() == (0, ""), "it did not end well"


def connected(port: int, data: bytes = b"", receive: int | None = None) -> socket.socket:
    """A connection that has said something; with a small buffer of its own where `receive` is given."""
    client = socket.socket()
    if receive is not None:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive)
    client.settimeout(30)
    client.connect(("127.0.0.1", port))
    client.sendall(data)
    return client


def half_heads(port: int) -> list[socket.socket]:
    """Requests whose head never ends."""
    return [connected(port, b"GET /api/v1/tasks" + HEAD + b"X-Slow: ") for _ in range(dose(300, 800))]


def half_bodies(port: int) -> list[socket.socket]:
    """Requests whose body never ends."""
    return [connected(port, POST + b'Content-Length: 100000\r\n\r\n{"title"') for _ in range(dose(150, 500))]


def deaf(port: int) -> list[socket.socket]:
    """Clients that ask for a big answer, again and again, and read none of it."""
    return [connected(port, BIG * 50, receive=4096) for _ in range(dose(60, 200))]


def deaf_streams(port: int) -> list[socket.socket]:
    """Clients that follow all events from the first on, and read none."""
    return [connected(port, STREAM, receive=4096) for _ in range(dose(60, 500))]


def half_closed(port: int) -> list[socket.socket]:
    """Clients that say at once that they have nothing more to say."""
    clients = [connected(port, GET) for _ in range(dose(60, 300))]
    for client in clients:
        client.shutdown(socket.SHUT_WR)
    return clients


def gone(port: int) -> list[socket.socket]:
    """Clients that ask, and are gone before the answer."""
    for _ in range(dose(150, 1000)):
        connected(port, GET).close()
    return []


RUDE: Final[tuple[Rude, ...]] = (half_heads, half_bodies, deaf, half_closed, gone)


@contextmanager
def about(port: int, rude: Rude) -> Iterator[None]:
    """Rude clients, who are there for as long as the block."""
    with ExitStack() as stack:
        for client in rude(port):
            stack.callback(client.close)
        yield


def waits(port: int, count: int) -> list[float]:
    """How long a well-behaved client waits for each of its answers, in seconds; all must be good."""
    line, found = Line(port), []
    for number in range(count):
        start = time.perf_counter()
        answer = line.ask("GET", "/tasks/ready?limit=5") if number % 4 else line.ask("POST", "/tasks", {"title": "x"})
        found.append(time.perf_counter() - start)
        assert answer.done, answer
    line.close()
    return sorted(found)


def memory(pid: int) -> int:
    """Bytes of a process that lie in memory."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) * 1024


@pytest.mark.parametrize("rude", RUDE, ids=lambda one: one.__name__)
def test_others_hardly_notice(server: Server, rude: Rude) -> None:
    count = dose(60, 400)
    waits(server.port, count)
    before = memory(server.pid)
    quiet, noisy = [], []
    for _ in range(dose(2, 5)):
        quiet += waits(server.port, count)
        with about(server.port, rude):
            waits(server.port, SETTLING)  # their requests are worked off first
            noisy += waits(server.port, count)
    grown = memory(server.pid) - before
    shown = [f"{statistics.median(one) * 1000:.1f} / {_p99(one) * 1000:.1f}" for one in (quiet, noisy)]
    say(f"{rude.__name__}: p50 / p99 {shown[0]} ms alone, {shown[1]} ms beside; {grown / MEGABYTE:.1f} MB more")
    assert grown < GROWTH
    assert statistics.median(noisy) < SLOWER * statistics.median(quiet)
    assert _p99(noisy) < SLOWER * max(_p99(quiet), STRAGGLER * statistics.median(quiet))


def _p99(values: list[float]) -> float:
    return sorted(values)[int(len(values) * 0.99)]


def test_heads_that_do_not_come_are_given_up(server: Server) -> None:
    clients = half_heads(server.port)
    start = time.monotonic()
    assert all(b" 408 " in client.recv(4096) for client in clients)
    assert time.monotonic() - start > HEADER_SECONDS * 0.5, "nobody was given the time that was set"
    for client in clients:
        client.close()


def test_requests_in_a_row_are_answered_in_their_order(server: Server) -> None:
    wanted = [f"r-{number}" for number in range(dose(200, 1000))]
    asked = b"".join(b"GET /livez" + HEAD + f"X-Request-Id: {one}\r\n\r\n".encode() for one in wanted)
    client = connected(server.port, asked)
    said = b""
    while said.count(b"x-request-id") < len(wanted):
        part = client.recv(65536)
        assert part, "the server went away in between"
        said += part
    found = [line.split(b": ")[1].decode() for line in said.split(b"\r\n") if line.lower().startswith(b"x-request-id")]
    assert found == wanted
    client.close()


def test_whoever_says_no_more_is_answered(server: Server) -> None:
    for client in half_closed(server.port):
        assert client.recv(65536).startswith(b"HTTP/1.1 200")
        client.close()


def test_big_bodies_are_refused_and_take_no_memory(server: Server) -> None:
    before = memory(server.pid)
    for _ in range(dose(20, 100)):
        client = connected(server.port, POST + b"Content-Length: %d\r\n\r\n" % (10 * MEGABYTE))
        try:
            for _ in range(10):
                client.sendall(b" " * MEGABYTE)
        except OSError:  # it does not listen to the end
            pass
        client.settimeout(30)
        with contextlib.suppress(ConnectionError):  # it may have been told while it was still sending
            assert b" 413 " in client.recv(4096)
        client.close()
    assert memory(server.pid) - before < GROWTH


def test_it_ends_well_with_all_of_them_about(workspace: Path) -> None:
    with running(workspace) as server, ExitStack() as stack:
        for rude in (*RUDE, deaf_streams):
            stack.enter_context(about(server.port, rude))
        code, complaints = server.end()
        assert code == 0
        assert "Traceback" not in complaints
        assert "exceeded" not in complaints, "it had to cut off what it should have let go of in time"
