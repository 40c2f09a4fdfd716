"""What fills the screen below the two head lines: one view at a time."""
