"""What an operator sets and reads of a server's processes: settings, the log, and how each runs."""
