"""Switching to another context, or to another organization of the same server."""
