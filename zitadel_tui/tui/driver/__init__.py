"""The terminal side: the fast driver, what the terminal can do, the clipboard."""
