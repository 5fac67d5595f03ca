"""The plain data that every layer shares: the frames of a run, their graphs, and what each statement did.

Nothing here knows torch. A `Frame` is complete without its neighbours, holds no tensor and pickles: it can be
kept, sent and drawn long after its tensors are gone. Equal parts of neighbouring frames are the same objects, so
treat them as read-only.
"""
