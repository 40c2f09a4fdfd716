"""Dialogs over a view: questions, texts and pickers; each dismisses itself once."""
