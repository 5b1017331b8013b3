"""What the tests of projections and services share: a small plugin with an embedder and indexes on the disk."""
