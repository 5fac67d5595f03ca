"""The plain data that every layer shares: what was true after one executed statement.

Nothing here knows torch. A `Frame` is complete without its neighbours, holds no tensor and pickles, so it can
be kept, sent and drawn long after the tensors it speaks of are gone. Equal parts of neighbouring frames are
the same objects; treat all of them as read-only.
"""
