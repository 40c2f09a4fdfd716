"""Choosing where to work: another context, or another organization of the same server."""
