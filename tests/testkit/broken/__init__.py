"""A plugin of broken providers, each with one mistake of the kinds that back ends in fact have."""

from __future__ import annotations
