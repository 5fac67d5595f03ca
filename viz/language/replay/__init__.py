"""Runs a program, or the calls of torch in it, again: for the gradient check and the loss surface."""
