"""Tokens: made, shown once, checked on every call, and revoked."""
