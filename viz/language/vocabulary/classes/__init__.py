"""What a program may do with classes: its own, and those of Python's exceptions."""
