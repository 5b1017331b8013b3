"""Scripted agents: plain programs that plan and work over MCP, each with a server process of its own."""
