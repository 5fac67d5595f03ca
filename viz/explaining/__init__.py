"""Explains Nodes, chains of gradients and optimizer steps in formulas and numbers, and checks gradients."""
