"""Schemas: pydantic models derived from the dataclasses of the core, for what comes in and for what goes out."""
