"""Values: what the ledger speaks about. No input or output happens here, and nothing here knows a store."""
