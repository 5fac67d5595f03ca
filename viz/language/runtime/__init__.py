"""A running program: its state, its limits, the kinds of its table entries, and the execution of statements."""
