"""Checks a program against the tables and turns its syntax tree into closures."""
