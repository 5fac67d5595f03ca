"""A running program: its state, its limits, the types of table entries, and the execution of statements."""
