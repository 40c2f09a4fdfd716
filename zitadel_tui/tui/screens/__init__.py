"""Dialogs, and the Connect screen."""
