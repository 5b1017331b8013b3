"""Live: the feed of events as they happen, over WebSocket and SSE, and to webhooks."""
