"""What every suite shares: whom it tests, what that one promises, and how rules depend on promises."""

from __future__ import annotations

import os
from typing import Any, ClassVar

import pytest

from vespera_testkit.offers import Offer, offer_of
from vespera_testkit.profiles import Profile, profile_of

CAPABILITY = "vespera_requires"
ABSENCE = "vespera_without"


def requires(capability: str) -> pytest.MarkDecorator:
    """A rule for those who declare a capability. For all others the report says that it is not offered."""
    return getattr(pytest.mark, CAPABILITY)(capability)  # type: ignore[no-any-return]


def without(capability: str) -> pytest.MarkDecorator:
    """A rule for those who do not declare a capability: what it names must then be refused, or be absent."""
    return getattr(pytest.mark, ABSENCE)(capability)  # type: ignore[no-any-return]


class Conformance:
    """A suite: subclass it as ``Test...`` and name what is to be tested. Rules may be added, never replaced."""

    kind: ClassVar[str] = ""
    """The kind of what is tested, as configurations and `vespera plugins show` have it."""

    provider: ClassVar[str] = ""
    """The name of what is tested; ``distribution:name`` where several distributions offer the same."""

    expense: ClassVar[int] = 1
    """How many times dearer than in memory one example is: random suites draw fewer, except in the deep profile."""

    @classmethod
    def offer(cls) -> Offer:
        """Who offers it. Raises PluginFault with what is on offer where nobody does."""
        assert cls.provider, f"{cls.__name__} names no provider: write provider = '...'."
        return offer_of(cls.kind, cls.provider)

    @classmethod
    def title(cls) -> str:
        """The name by which the report calls what is tested."""
        return cls.provider

    @classmethod
    def capabilities(cls) -> frozenset[str]:
        """What the provider promises beyond what all of its kind keep."""
        return frozenset(getattr(cls.offer().item, "capabilities", ()))

    @classmethod
    def offers(cls, capability: str) -> bool:
        """Whether it declares a capability."""
        return capability in cls.capabilities()

    @pytest.fixture
    def settings(self) -> dict[str, Any]:
        """Entries of the provider's own configuration table; override it where the defaults do not do for tests."""
        return {}

    @pytest.fixture
    def profile(self, request: pytest.FixtureRequest) -> Profile:
        """How much random suites do."""
        return profile_of(request.config, self.expense)

    @pytest.fixture(autouse=True)
    def _own_surroundings(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """No setting of the person who runs the tests reaches what is tested."""
        for name in [one for one in os.environ if one.startswith("VESPERA_")]:
            monkeypatch.delenv(name)
