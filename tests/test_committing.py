"""`make lint` checks each commit, and the subject of a commit is short and has a type."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.tools import TOOLS, script

ROOT = Path(__file__).parent.parent
SCRIPT = TOOLS / "commit_subject.py"


commit_subject = script("commit_subject")


@pytest.mark.parametrize(
    "message",
    [
        "fix: a leaf keeps its own box",
        "refactor(stage)!: one module for the names of slots",
        "docs: " + "x" * 66,
        "feat: a title\n\nThe reason, in as many words as it takes, also with more than seventy-two characters.",
        "fix: a title\n# Please enter the commit message for your changes.",
        "Merge branch 'main'",
        "fixup! docs: " + "x" * 66,
    ],
)
def test_a_good_message_passes(message: str) -> None:
    assert commit_subject.complaints(message) == []


@pytest.mark.parametrize(
    ("message", "complaint"),
    [
        ("docs: " + "x" * 67, "has 73 characters"),
        ("a leaf keeps its own box", "does not begin with a type"),
        ("fix:a leaf keeps its own box", "does not begin with a type"),
        ("fixes: a leaf keeps its own box", "does not begin with a type"),
        ("fix: a leaf keeps its own box.", "ends with a full stop"),
        ("fix: a leaf\nkeeps its own box", "after the subject is not empty"),
        ("", "does not begin with a type"),
    ],
)
def test_a_bad_message_is_rejected_with_a_reason(message: str, complaint: str) -> None:
    (found,) = commit_subject.complaints(message)
    assert complaint in found


def test_git_learns_it_from_the_exit_status(tmp_path: Path) -> None:
    message = tmp_path / "COMMIT_EDITMSG"
    for text, status in (("fix: a leaf keeps its own box\n", 0), ("a leaf keeps its own box\n", 1)):
        message.write_text(text, encoding="utf-8")
        assert subprocess.call([sys.executable, SCRIPT, message], stderr=subprocess.DEVNULL) == status


def test_a_bad_subject_is_found_as_long_as_main_does_not_have_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def git(*arguments: str) -> None:
        author = ("-c", "user.name=A", "-c", "user.email=a@example.org")
        subprocess.run(["git", *author, *arguments], cwd=tmp_path, check=True, capture_output=True)

    assert commit_subject.main(None, tmp_path) == 0  # no repository
    git("init", "--initial-branch=main")
    assert commit_subject.main(None, tmp_path) == 0  # no commit
    git("commit", "--allow-empty", "-m", "too late to change")
    git("checkout", "-b", "work")
    git("commit", "--allow-empty", "-m", "fix: a leaf keeps its box", "-m", "The reason.")
    assert commit_subject.main(None, tmp_path) == 0
    git("commit", "--allow-empty", "-m", "docs: " + "x" * 67)
    git("commit", "--allow-empty", "-m", "fix: another one")
    assert commit_subject.main(None, tmp_path) == 1
    assert capsys.readouterr().err.endswith("xxx: The subject has 73 characters; at most 72 are allowed.\n")
    git("branch", "--force", "main", "work")
    assert commit_subject.main(None, tmp_path) == 0


def test_make_test_checks_subjects() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.search(r"^commits:.*\n\t\$\(PYTHON\) tools/commit_subject\.py\n", makefile, re.MULTILINE)
    assert re.search(r"^STAGES :=.* commits ", makefile, re.MULTILINE)


def test_the_hooks_are_local_and_their_commands_exist() -> None:
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    (repository,) = config["repos"]
    assert repository["repo"] == "local"
    hooks = {hook["id"]: hook for hook in repository["hooks"]}
    assert {hook["language"] for hook in hooks.values()} == {"system"}
    assert sorted(stage for hook in hooks.values() for stage in hook["stages"]) == sorted(
        config["default_install_hook_types"]
    )
    assert hooks["lint"]["entry"] == "make lint"
    assert re.search(r"^lint:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert ROOT / hooks["commit-subject"]["entry"].split()[1] == SCRIPT
