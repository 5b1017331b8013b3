"""The rules of stores, a file for each subject; `suite` puts them together."""
