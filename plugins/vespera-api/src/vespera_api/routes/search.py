"""Routes of search: by words and by meaning, and what is learnt from it."""

from __future__ import annotations

from typing import Final

from vespera_api.routes.route import Route

ROUTES: Final = (
    Route("POST", "/search", "task.search"),
    Route("POST", "/search/semantic", "task.search", fixed={"mode": "semantic"}),
    Route("GET", "/search/duplicates", "task.duplicates"),
    Route("GET", "/search/clusters", "task.cluster"),
    Route("GET", "/search/recommendations", "task.recommend"),
    Route("GET", "/search/suggestions", "search.suggest"),
    Route("GET", "/search/trends", "search.trends"),
    Route("GET", "/search/metrics", "search.metrics"),
    Route("POST", "/search/feedback", "search.feedback", 201),
)
