"""Embedders for Vespera out of sentence-transformers models. Found through its entry point."""
