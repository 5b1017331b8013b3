"""The default embedder of Vespera: a table of token vectors, distilled from all-MiniLM-L6-v2, and numpy."""
