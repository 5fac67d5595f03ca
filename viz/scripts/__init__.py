"""Runs a script with Python itself, and reports to an Observer what the script does.

This executes arbitrary code. It is for files that users name on their own machines; the page, which runs
strangers' programs, never imports it.
"""
