"""Hears what code that Python itself runs does with torch, and reports it to an Observer. Runs no code itself."""
