"""The memory store: a complete primary store that forgets when it closes.

The model that other stores are held against.
"""
