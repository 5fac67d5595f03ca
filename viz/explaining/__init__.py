"""Explains what is on the graph: what a Node does with the gradient that arrives, in formulas and numbers."""
