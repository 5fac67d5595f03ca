"""Checks the first lines of commit messages.

python tools/commit_subject.py FILE    a message: the hook `commit-msg` of .pre-commit-config.yaml runs this
python tools/commit_subject.py         the commits that main does not have yet: `make commits` runs this
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
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


def new_messages(folder: Path) -> Iterator[str]:
    """Yield the messages of the commits that can still be changed: those of HEAD that no main branch has.

    Without git, or outside a repository, there are none.
    """
    if shutil.which("git") is None or _git(folder, "rev-parse", "--verify", "--quiet", "HEAD") is None:
        return
    mains = [name for name in ("main", "origin/main") if _git(folder, "rev-parse", "--verify", "--quiet", name)]
    if mains:
        listed = _git(folder, "log", "-z", "--format=%B", "HEAD", "--not", *mains) or ""
        yield from filter(None, listed.split("\0"))


def _git(folder: Path, *arguments: str) -> str | None:
    """Return the output of a git command; None if it fails."""
    done = subprocess.run(
        ["git", *arguments], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False
    )
    return done.stdout if done.returncode == 0 else None


def main(file: str | None, folder: Path = Path()) -> int:
    """Print what is wrong with the message in a file, or with the new commits; return the exit status."""
    messages = new_messages(folder) if file is None else [Path(file).read_text(encoding="utf-8")]
    wrong = [(message, complaint) for message in messages for complaint in complaints(message)]
    for message, complaint in wrong:
        print(f"{message.partition(chr(10))[0]}: {complaint}" if file is None else complaint, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    if len(sys.argv) > 2:
        sys.exit("Name one file with a message, or none: python tools/commit_subject.py [FILE]")
    sys.exit(main(sys.argv[1] if len(sys.argv) == 2 else None))
