"""`python -m viz train.py`: opens the page on a file of one's own."""

from __future__ import annotations

from viz.own_file.command import main

if __name__ == "__main__":
    main()
