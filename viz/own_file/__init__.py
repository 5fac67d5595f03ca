"""The page on a file of one's own, which Python itself runs: `python -m viz train.py`.

This executes the file that was named at the start, and no other text. `app.py`, which serves strangers, never
imports it.
"""
