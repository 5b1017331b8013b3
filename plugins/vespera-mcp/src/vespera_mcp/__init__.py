"""Vespera over MCP: the operations table as tools, resources and prompts for agents."""
