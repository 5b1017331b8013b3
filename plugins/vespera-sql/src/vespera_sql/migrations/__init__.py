"""Migrations of the store's file, run by Alembic."""
