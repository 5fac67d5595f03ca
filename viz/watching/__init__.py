"""The contract between what runs a program and what watches it. Knows torch, no language and no recorder."""
