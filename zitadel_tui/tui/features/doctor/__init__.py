"""The doctor: what signing in needs, checked step by step."""
