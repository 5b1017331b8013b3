"""The vector index on Chroma, with the real engine."""
