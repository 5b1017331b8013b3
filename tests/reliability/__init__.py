"""Reliability: what the ledger promises under kill -9, power loss, races, full disks and damaged files."""
