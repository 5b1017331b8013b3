"""Answering: from the call of a tool to the text that answers it."""
