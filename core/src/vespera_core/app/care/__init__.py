"""Care of the ledger: checks, copies, and the state rebuilt from its log."""
