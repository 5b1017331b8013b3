"""The reference pages, one module each."""
