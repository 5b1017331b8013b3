"""The suites: for every kind of plugin the rules that it keeps."""
