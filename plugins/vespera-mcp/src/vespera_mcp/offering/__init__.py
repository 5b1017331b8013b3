"""What a server offers beside tools: resources, prompts, completions, and word of what changes."""
