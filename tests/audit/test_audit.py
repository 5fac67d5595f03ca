"""The page shows nothing wrong of the programs that it offers, those of the tests, and some random ones."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pytest

from tests.audit import audit
from tests.audit.__main__ import main
from tests.audit.plain import run_plainly
from tests.audit.programs import at_random, of_the_tests, presets

#: The iterations of a preset that are audited here; the command audits more.
ITERATIONS = 12
#: The number of random programs.
RANDOM = 40


def each(programs: Iterable[tuple[str, str]]) -> pytest.MarkDecorator:
    """A test for each of these programs."""
    return pytest.mark.parametrize(("name", "source"), [pytest.param(*one, id=one[0]) for one in programs])


@each(presets())
def test_a_preset_is_shown_as_it_runs(name: str, source: str) -> None:
    assert [str(one) for one in audit(source, name, ITERATIONS)] == []


@each(of_the_tests())
def test_a_program_of_the_tests_is_shown_as_it_runs(name: str, source: str) -> None:
    assert [str(one) for one in audit(source, name, 3)] == []


@each(at_random(RANDOM, seed=1))
def test_a_random_program_is_shown_as_it_runs(name: str, source: str) -> None:
    found = [one for one in audit(source, name, 3) if one.view != "refused"]
    assert [str(one) for one in found] == []


def test_lines_that_are_skipped_are_shown_as_they_run() -> None:
    source = """\
import warnings, pdb
import torch
import matplotlib.pyplot as plt
from matplotlib import cm
warnings.filterwarnings("ignore")
x = torch.tensor([1.0, 2.0], requires_grad=True)
plt.figure(figsize=(4, 3))
for i in range(2):
    (x ** 2).sum().backward()
    plt.plot(i, x.grad.norm().item(), 'ro')
    pdb.set_trace()
plt.show()
"""
    assert [str(one) for one in audit(source, "skipped")] == []


def test_a_statement_that_raised_is_no_moment_and_what_it_printed_belongs_to_its_handler() -> None:
    source = """\
def f():
    print("in")
    raise ValueError("out")
def g():
    try:
        f()
    except TypeError:
        pass
    finally:
        a = 1
try:
    g()
except (KeyError, ValueError) as error:
    b = 2
"""
    plain = run_plainly(source, 100)
    assert [(one.line, one.printed) for one in plain.moments] == [
        (1, ""), (4, ""), (2, "in\n"), (10, ""), (13, ""), (14, "")
    ]  # fmt: skip
    assert str(plain.moments[4].handled) == "out"
    assert plain.error is None


def test_only_a_random_program_may_be_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("tests.fuzz.grammar.Grammar.program", lambda grammar: "exec(1)\n")
    assert main(["--random", "3", "--seed", "5"]) == 0
    assert capsys.readouterr().out == "3 programs, 0 complaints\n"
    monkeypatch.setattr("tests.audit.programs._RANDOM", "another ")
    monkeypatch.setattr("tests.audit.__main__.may_be_refused", lambda name: False)
    assert main(["--random", "3", "--part", "2/2"]) == 1
    assert re.fullmatch(r"another 16-1: line 1: refused: .+\n1 programs, 1 complaints\n", capsys.readouterr().out)


def test_the_last_line_counts_programs_and_complaints(
    tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path_factory.mktemp("programs")
    sound, refused = folder / "sound.py", folder / "refused.py"
    sound.write_text("import torch\nx = torch.ones(2)\n")
    refused.write_text("exec(1)\n")
    assert main([str(sound)]) == 0
    assert capsys.readouterr().out == "1 programs, 0 complaints\n"
    assert main([str(sound), str(refused)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert re.fullmatch(r".*/refused\.py: line 1: refused: .+", lines[0])
    assert lines[1:] == ["2 programs, 1 complaints"]
