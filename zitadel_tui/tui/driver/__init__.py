"""Terminal input and output: the fast driver, the terminal's abilities, the clipboard."""
