"""The Connect screen: signing in to a server, and why it failed."""
