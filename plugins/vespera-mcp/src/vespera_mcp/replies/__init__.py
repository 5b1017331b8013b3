"""Answers of operations as compact text, each within the budget that was asked for."""
