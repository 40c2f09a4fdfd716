"""Texts of users, roles and failures as lines, before they become widgets."""
