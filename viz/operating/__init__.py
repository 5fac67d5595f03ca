"""What an operator sets and reads: the settings, the log, and how the processes of a server run."""
