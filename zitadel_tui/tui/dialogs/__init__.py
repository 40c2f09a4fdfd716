"""Questions, texts and pickers that stand over a view; each dismisses itself once."""
