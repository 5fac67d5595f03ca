"""Runs a file of one's own with Python itself, and reports to an Observer what it does.

This runs code. It is for files that the user names on their own machine; the page that runs strangers' programs
never imports it.
"""
