"""The members of an organization, and changes to their roles."""
