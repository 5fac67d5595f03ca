"""Compiles calls: their arguments, and whatever can be called."""
