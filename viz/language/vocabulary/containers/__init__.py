"""Lists, tuples, dicts, sets and strings: what a program may do with them, and how large they may become."""
