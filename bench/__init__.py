"""Figures of Vespera beside their raw limits, measured in the same run: ``python -m bench``."""
