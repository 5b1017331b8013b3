"""Security for Vespera: keys, encryption of secrets at rest, and tokens that prove who calls."""
