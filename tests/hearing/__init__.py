"""Plugins that hear of events, as installers would leave them, and what they heard."""
