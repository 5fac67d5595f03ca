"""The contract between what runs a program and what observes it; knows torch, but no language and no recorder."""
