"""Checks the first lines of a commit message: the hook `commit-msg` of .pre-commit-config.yaml runs it.

python tools/commit_subject.py FILE
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

#: The longest subject, in characters: what `git log` and a list of commits show whole.
LONGEST = 72
TYPES = ("build", "chore", "ci", "docs", "feat", "fix", "perf", "refactor", "style", "test")

_SUBJECT = re.compile(rf"(?:{'|'.join(TYPES)})(?:\([\w./-]+\))?!?: \S.*")
#: Git's own subjects: of merges, reverts, and commits that a rebase will merge into others.
_GITS = ("Merge ", "Revert ", "fixup! ", "squash! ", "amend! ")


def complaints(message: str) -> list[str]:
    """Return what is wrong with a message, in a sentence for each fault."""
    subject, *rest = [line for line in message.splitlines() if not line.startswith("#")] or [""]
    if subject.startswith(_GITS):
        return []
    found = []
    if len(subject) > LONGEST:
        found.append(f"The subject has {len(subject)} characters; at most {LONGEST} are allowed.")
    if not _SUBJECT.fullmatch(subject):
        found.append(f"The subject does not begin with a type ({', '.join(TYPES)}), a colon and a space.")
    if subject.endswith("."):
        found.append("The subject ends with a full stop.")
    if rest and rest[0].strip():
        found.append("The line after the subject is not empty.")
    return found


def main(file: str) -> int:
    """Print what is wrong with the message in a file; return the exit status."""
    found = complaints(Path(file).read_text(encoding="utf-8"))
    for complaint in found:
        print(complaint, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("Name the file with the message: python tools/commit_subject.py FILE")
    sys.exit(main(sys.argv[1]))
