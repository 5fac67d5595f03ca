"""Runs hundreds of thousands of random programs: each has to end in a tape or in a sentence."""
