"""The administrator roles: what each permits, and who holds it."""
