"""Runs a program, or its calls of torch, again: for the gradient check and the loss surface."""
