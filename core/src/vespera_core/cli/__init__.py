"""The command line `vespera`: words in, operations called, answers shown. No rule of the ledger lives here."""
