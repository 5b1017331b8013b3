"""Routes: which path leads to which operation, chosen by hand, one file for each part of the ledger."""
