"""The engines of an open workspace: which embedder, vector index and graph answer, and how they are run."""
