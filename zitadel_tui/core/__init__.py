"""The logic shared by both front ends: no printing, no widgets."""
