"""Checkpoints of a run: copies of its state, from which another run of the program goes on."""
