"""The wire: how uvicorn speaks with peers, and with whom it loses patience."""
