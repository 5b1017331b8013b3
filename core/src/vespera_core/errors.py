"""The one error tree. Every error has a stable code, says what happened and why, and offers a safe next step.

The five branches are the five ways a call can go wrong; each has one process exit code (and, later, one HTTP
status class). A `next` never names a command that destroys anything: an agent follows hints literally.
"""

from __future__ import annotations

from typing import Any, ClassVar


class VesperaError(Exception):
    """Base of all errors that Vespera raises on purpose.

    `details` are JSON-ready facts for programs (ids, versions, limits); they are merged into `as_json`.
    """

    code: ClassVar[str] = "error"
    exit_code: ClassVar[int] = 1
    default_next: ClassVar[str] = ""

    def __init__(self, message: str, *, next: str | None = None, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.next = self.default_next if next is None else next
        self.details = details

    def as_json(self) -> dict[str, Any]:
        return {**self.details, "code": self.code, "message": self.message, "next": self.next}


# ---------------------------------------------------------------- refused: a rule said no (exit 1)


class Refused(VesperaError):
    """The request is well formed, but a rule of the ledger forbids it in the present state."""

    code = "refused"


class CycleRefused(Refused):
    """The relation would make tasks wait for each other; `details["cycle"]` lists the ids in order."""

    code = "cycle"
    default_next = "Run 'vespera dep tree ID' to see the chain, and leave out the relation that closes it."


class NotReady(Refused):
    """The task waits for something; `details["reasons"]` says for what."""

    code = "not_ready"
    default_next = "Run 'vespera ready --explain ID' to see what it waits for."


class TransitionRefused(Refused):
    """The workflow does not let this status follow the present one."""

    code = "transition"


class EvidenceNeeded(Refused):
    """The project asks for more evidence before a task of this type is completed."""

    code = "evidence_needed"
    default_next = "Look at what there is with 'vespera evidence list ID'."


class ApprovalNeeded(Refused):
    """The role holds this step of the task until a person approves it; `details["step"]` says which."""

    code = "approval_needed"
    default_next = "Ask a person: 'vespera approval list' shows what waits."


class CapacityReached(Refused):
    """As many tasks of this role are worked on as its definition allows; `details["limit"]` says how many."""

    code = "capacity_reached"
    default_next = "Take work of another role with 'vespera claim', or wait until one of them is over."


class AssignmentRefused(Refused):
    """The role must not take the task; `details["violations"]` lists every rule that says so."""

    code = "assignment_refused"
    default_next = "Run 'vespera role suitable --task ID' to see which roles fit it."


class HasChildren(Refused):
    """A task with live children is only deleted together with them."""

    code = "has_children"
    default_next = "Look at what belongs to it with 'vespera tree ID'."


class Archived(Refused):
    """The project is archived: it is read, not written."""

    code = "archived"
    default_next = "Run 'vespera project update ID --status active' if work on it goes on."


class ChangeRejected(Refused):
    """A plugin's `vespera_before_write` vetoed the change."""

    code = "change_rejected"


class PermissionDenied(Refused):
    """No policy allowed the action, or one denied it."""

    code = "permission_denied"
    default_next = "Ask the owner of the workspace, or act as somebody who may (--actor)."


class OtherActor(PermissionDenied):
    """The request names somebody else than its credentials prove."""

    code = "other_actor"


class OtherRole(PermissionDenied):
    """The request names another role than its credentials, or the server, are bound to."""

    code = "other_role"
    default_next = "Show a token that is bound to this role, or to none."


class Unauthenticated(Refused):
    """Who calls was not proved: no credentials, or none that are valid now."""

    code = "unauthenticated"
    default_next = "Ask whoever runs the server for a token, and send it as 'Authorization: Bearer TOKEN'."


class InvalidImport(Refused):
    """A file cannot be imported as it is; nothing of it has landed."""

    code = "invalid_import"
    default_next = "Correct the file, or import the valid rows alone with --skip-invalid."


class SimilarExists(Refused):
    """A task like the one to be made is there already; `details["similar"]` lists ids, the likest first."""

    code = "similar_exists"
    default_next = "Look at it with 'vespera show ID'; if yours is another matter, create it without --if-similar."


class NotUndoable(Refused):
    """The event has no safe inverse, or what it wrote has changed since."""

    code = "not_undoable"
    default_next = "Run 'vespera history ID' to see what came after it."


class Unsupported(Refused):
    """The selected provider does not offer this capability."""

    code = "unsupported"


# ---------------------------------------------------------------- usage: the caller's words are off (exit 2)


class InvalidInput(VesperaError):
    """A value or field is not acceptable whatever the state of the ledger."""

    code = "invalid_input"
    exit_code = 2
    default_next = "Correct the value, then repeat the request."


class AmbiguousId(InvalidInput):
    """An id prefix fits more than one task; `details["candidates"]` lists some."""

    code = "ambiguous_id"
    default_next = "Type more characters of the id."


class UnknownOperation(InvalidInput):
    """No operation of that name is registered."""

    code = "unknown_operation"


# ---------------------------------------------------------------- not found (exit 3)


class NotFound(VesperaError):
    """Nothing of that id is here."""

    code = "not_found"
    exit_code = 3
    default_next = "Run 'vespera list --limit 0' to see the ids."


class UnknownRole(NotFound):
    """No role of that name is defined; `details["close"]` lists names that are spelt like it."""

    code = "unknown_role"
    default_next = "Run 'vespera role list' to see the roles."


# ---------------------------------------------------------------- conflict: somebody else was first (exit 4)


class Conflict(VesperaError):
    """The state is not what the caller believed."""

    code = "conflict"
    exit_code = 4
    default_next = "Read it again with 'vespera show ID', then decide."


class VersionConflict(Conflict):
    """The entity has another version than the caller expected."""

    code = "version_conflict"


class StaleFence(Conflict):
    """The fence is not that of the present hold: the claim behind it is over."""

    code = "stale_fence"
    default_next = "Stop working on it: somebody else may hold it. Run 'vespera next' for other work."


class HeldByOther(Conflict):
    """A live hold belongs to somebody else."""

    code = "held"
    default_next = "Take other work with 'vespera claim', or wait for the lease to end."


class DuplicateId(Conflict):
    """An id is taken."""

    code = "duplicate_id"
    default_next = "Leave the id out to have one made, or choose another."


class IdempotencyMismatch(Conflict):
    """The idempotency key was used before for another request."""

    code = "idempotency_mismatch"
    default_next = "Use a new key for a new request."


# ---------------------------------------------------------------- environment: the surroundings are broken (exit 5)


class EnvironmentFault(VesperaError):
    """The workspace, its store, its configuration or a plugin does not allow the call."""

    code = "environment"
    exit_code = 5


class NoWorkspace(EnvironmentFault):
    """No `.vespera` folder was found."""

    code = "no_workspace"
    default_next = "Run 'vespera init' in the folder that should hold it, or name one with -C DIR."


class ForeignWorkspace(EnvironmentFault):
    """The workspace belongs to another user of this machine."""

    code = "foreign_workspace"
    default_next = "Work in a workspace of your own, or run as its owner."


class ConfigError(EnvironmentFault):
    """The configuration cannot be used as it is."""

    code = "config"


class RoleFault(ConfigError):
    """A role is defined, but its definition cannot be used."""

    code = "role"
    default_next = "Run 'vespera role validate' to see what is wrong, and correct the file."


class PluginFault(EnvironmentFault):
    """A plugin that the configuration needs is not available."""

    code = "plugin"
    default_next = "Run 'vespera plugins check' to see each plugin's state."


class StoreFault(EnvironmentFault):
    """The primary store could not do its work; nothing of the request was written."""

    code = "store"
    default_next = "Run 'vespera doctor' to look closer."


class StoreFull(StoreFault):
    """The disk, or a quota on it, is full."""

    code = "store_full"
    default_next = "Free some space on the disk, then repeat the command."


class StoreReadOnly(StoreFault):
    """The store's file or folder cannot be written."""

    code = "store_read_only"
    default_next = (
        "Check who may write the folder .vespera and each file in it, and whether its disk is mounted for writing."
    )


class StoreCorrupt(StoreFault):
    """The store's file is damaged."""

    code = "store_corrupt"
    default_next = "Keep the file as it is, and bring a backup back beside it: 'vespera -C OTHER restore-backup FILE'."


class StoreBusy(StoreFault):
    """Another process kept the store locked for too long."""

    code = "store_busy"
    default_next = "Repeat the command; if it happens again, look for a process that hangs."


class StoreNewer(StoreFault):
    """The store was written by a newer version of Vespera."""

    code = "store_newer"
    default_next = "Upgrade the installed packages, or work on a copy made by the older version."


class KeyFault(EnvironmentFault):
    """A key is missing, is not the one that was used, or lies where others can read it."""

    code = "key"
    default_next = "Run 'vespera keys status' to see which keys there are and which are asked for."


class EmbedderFault(EnvironmentFault):
    """The embedding model is missing, broken, or could not be run; search by words goes on without it."""

    code = "embedder"
    default_next = "Search with --mode text meanwhile, or name another embedder: 'vespera config set embedder static'."


class EngineFault(EnvironmentFault):
    """The engine of an index (vectors or graph) could not do its work. Indexes are copies: nothing is lost."""

    code = "engine"
    default_next = "Make the index anew from the store with 'vespera rebuild'."
