"""The tables of what a program may use: libraries, functions, methods, attributes."""
