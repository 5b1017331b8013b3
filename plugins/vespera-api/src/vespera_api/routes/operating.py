"""Routes for whoever runs the system: services, indexes, the log, files in and out, and who may do what."""

from __future__ import annotations

from typing import Final

from vespera_api.routes.route import Route

_ONE: Final = {"name": "names"}

ROUTES: Final = (
    Route("GET", "/services", "service.list"),
    Route("GET", "/services/{name}", "service.list", renames=_ONE),
    Route("PATCH", "/services/{name}", "service.configure"),
    Route("POST", "/services/{name}/start", "service.start", renames=_ONE),
    Route("POST", "/services/{name}/stop", "service.stop", renames=_ONE),
    Route("POST", "/services/{name}/restart", "service.restart", renames=_ONE),
    Route("POST", "/indexes/rebuild", "index.rebuild"),
    Route("GET", "/events", "event.list"),
    Route("GET", "/events/verify", "audit.verify"),
    Route("POST", "/events/{event}/undo", "event.undo"),
    Route("GET", "/keys", "keys.status"),
    Route("POST", "/keys/rotate", "keys.rotate"),
    Route("POST", "/import", "exchange.import", file="received"),
    Route("GET", "/export", "exchange.export", file="sent"),
    Route("GET", "/system", "system.info"),
    Route("GET", "/system/plugins", "system.plugins"),
    Route("GET", "/system/backup", "system.backup", file="sent"),
    Route("GET", "/system/stats", "system.stats"),
    Route("GET", "/system/health", "system.health"),
    Route("GET", "/system/doctor", "system.doctor"),
    Route("GET", "/principals", "principal.list"),
    Route("POST", "/principals", "principal.add", 201),
    Route("GET", "/principals/{name}", "principal.get"),
    Route("DELETE", "/principals/{name}", "principal.remove"),
    Route("GET", "/members", "member.list"),
    Route("POST", "/members", "member.add", 201),
    Route("DELETE", "/members/{principal}", "member.remove"),
    Route("GET", "/grants", "grant.list"),
    Route("POST", "/grants", "grant.add", 201),
    Route("DELETE", "/grants/{principal}/{action}", "grant.remove"),
)
