"""The vault: the keys of a workspace, and what is kept encrypted with them."""
