"""What the tool does, for both front ends: no printing, no widgets."""
