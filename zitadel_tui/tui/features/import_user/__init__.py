"""Importing one user by form."""
