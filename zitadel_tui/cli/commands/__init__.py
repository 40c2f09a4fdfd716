"""One module per noun. Each function takes a :class:`Run` and returns the exit status."""
