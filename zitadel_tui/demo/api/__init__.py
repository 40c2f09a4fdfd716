"""The calls, by area. Importing a module puts its endpoints into the table."""
