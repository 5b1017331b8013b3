"""The guard: which tools an agent may use and which files it may read and edit, by the patterns of its role.

`paths` finds out which file a path means, `patterns` compiles a role, `matching` and `decision` judge. These run before
every edit of an agent, so they import next to nothing; only `patterns` knows pathspec.
"""
