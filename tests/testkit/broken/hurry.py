"""A profile for those who are known to fail: the failure is enough, nobody needs its smallest form."""

from __future__ import annotations

from typing import Any

from hypothesis import Phase

from vespera_testkit.profiles import Profile


class Hurried(Profile):
    """The quick profile without shrinking."""

    def settings(self, share: float = 1.0, **options: Any) -> Any:
        return super().settings(share, **{**options, "phases": [Phase.generate], "report_multiple_bugs": False})
