"""The kernel: what the ledger does.

Every rule that needs the present state is here, and runs inside the transaction.
"""
