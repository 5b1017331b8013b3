"""Where messages may go: to public addresses, as they are when a message is sent."""

from __future__ import annotations

from typing import Any

import pytest

from plugins.api.live.webhooks.support import Receiver, Sending
from vespera_api.live.webhooks.addresses import is_public, parts_of
from vespera_api.live.webhooks.requests import AddWebhook
from vespera_core.app.application import Vespera
from vespera_core.errors import InvalidInput


@pytest.mark.parametrize(
    "url",
    [
        "", "x", "ftp://example.org/", "http://", "https://user:pw@example.org/", "https://example.org/#x",
        "https://example.org:0/", "https://example.org:99999/", "https://example.org/ x", "https://exämple.org/",
        "https://example.org/" + "x" * 2000, "https://[::1", "file:///etc/passwd", "https://example.org/\n",
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused(ledger: Vespera, url: str) -> None:
    with pytest.raises(InvalidInput):
        ledger.call("webhook.add", AddWebhook(url=url))


PRIVATE = (
    "127.0.0.1", "10.0.0.1", "192.168.1.1", "172.16.0.1", "169.254.169.254", "0.0.0.0", "100.64.0.1", "224.0.0.1",
    "::1", "fe80::1", "fc00::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "2002:7f00:1::", "64:ff9b::7f00:1", "ff02::1",
    "255.255.255.255", "::",
)  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_addresses_that_are_not_public(address: str) -> None:
    import ipaddress

    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700:4700::1111", "64:ff9b::808:808"])
def test_addresses_that_are(address: str) -> None:
    import ipaddress

    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "[::1]", "127.1", "2130706433", "0x7f.1", "169.254.169.254", "x.localhost"]
)
def test_they_are_refused_unless_they_are_allowed(ledger: Vespera, host: str) -> None:
    ledger.kernel.storage.write(lambda unit: unit.put_memos("service", {"settings:webhooks": None}))
    with pytest.raises(InvalidInput, match="not public") as caught:
        ledger.call("webhook.add", AddWebhook(url=f"http://{host}/"))
    assert "allow_private" in caught.value.next


def test_a_name_that_leads_to_this_machine_later_gets_nothing(receiver: Receiver, ledger: Vespera) -> None:
    """What counts is where the name leads when the message is sent."""
    name = Sending(ledger).add(receiver.url.replace("127.0.0.1", "localhost")).webhook.webhook_id
    strict = Sending(ledger, allow_private=False)
    ledger.tasks.create_task("one")
    strict.run()
    assert receiver.got == []
    [tried] = strict.deliveries(name).recent
    assert "not public" in tried.error


def test_the_name_is_looked_up_once(
    receiver: Receiver, sending: Sending, ledger: Vespera, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name server that answers the check with one address, and the connection with another, gets nowhere."""
    import socket

    asked: list[object] = []
    real = socket.getaddrinfo

    def lookup(host: Any, *rest: Any, **more: Any) -> Any:
        asked.append(host)
        return real("127.0.0.1" if host == "rebind.example.org" else host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    port = parts_of(receiver.url).port
    sending.add(f"http://rebind.example.org:{port}/hook", kinds=("task.*",))
    ledger.tasks.create_task("one")
    sending.run()
    assert asked.count("rebind.example.org") == 1
    assert receiver.got[0].headers["host"] == f"rebind.example.org:{port}"
