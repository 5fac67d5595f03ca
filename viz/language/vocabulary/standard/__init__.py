"""Python's standard library, as a program may use it."""
