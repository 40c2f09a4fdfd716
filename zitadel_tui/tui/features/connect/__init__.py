"""Signing in to a server, and why it did not work."""
