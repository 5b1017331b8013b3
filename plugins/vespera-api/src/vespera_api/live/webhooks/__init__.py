"""Webhooks: events sent to addresses that persons named, signed, again and again until they are taken."""
