"""Reads tensors, and what Nodes saved, as plain data."""
