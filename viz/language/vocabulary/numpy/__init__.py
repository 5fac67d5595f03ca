"""The part of NumPy that a program may use."""
