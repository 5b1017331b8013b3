"""The public names of Vespera, read from the sources without importing them, and what a change to one of them breaks.

Nothing is imported, so that the list is the same on every Python and needs no plugin, engine or network. No library
does the reading: what has to be told apart here (hooks, ports that authors implement, records that they build) is known
to us alone, and the list itself, not a second checkout, is what a later state is compared with.
"""
