"""The ledger in small: models against which stores and graphs are held, and what always holds."""
