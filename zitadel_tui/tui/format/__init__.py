"""Formats users, roles and failures as lines of text for widgets."""
