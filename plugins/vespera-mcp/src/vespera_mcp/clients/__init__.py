"""Clients: writing our server into the configuration of the programs that agents run in."""
