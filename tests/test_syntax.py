"""Many threads can read programs at once."""

from __future__ import annotations

import ast
import gc
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import viz
from viz.editing import read, set_data
from viz.syntax import Command, expression_of, tree_of

MARKED = "\ufeffimport torch\nx = torch.tensor([1.0])\n"
DEEP = ("x = " + "(1 + " * 60 + "1" + ")" * 60 + "\n") * 5


@pytest.fixture
def interrupted() -> Iterator[None]:
    """Switch threads while a tree is built, as happens when Python collects garbage meanwhile."""

    def wait(phase: str, info: dict[str, int]) -> None:
        time.sleep(0.0001)

    before = gc.get_threshold()
    gc.callbacks.append(wait)
    gc.set_threshold(200)
    yield
    gc.set_threshold(*before)
    gc.callbacks.remove(wait)


@pytest.mark.usefixtures("interrupted")
def test_many_threads_read_programs_at_once() -> None:
    """With `ast.parse` itself this raises a SystemError in Python 3.11."""
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(tree_of, [DEEP + "\n" * number for number in range(12)]))
    assert {len(tree.body) for tree in made} == {5}


def test_an_expression_becomes_its_tree_and_python_refuses_anything_else() -> None:
    assert ast.dump(expression_of("a + b")) == ast.dump(ast.parse("a + b", mode="eval").body)
    with pytest.raises(SyntaxError):
        expression_of("a = b")
    with pytest.raises(SyntaxError):
        tree_of("a = ")
    assert read("a = ").leaves == ()


def test_no_other_module_of_ours_builds_trees() -> None:
    """It would not wait for its turn."""
    package = Path(viz.__file__).parent
    assert [path.name for path in package.rglob("*.py") if "ast.parse(" in path.read_text()] == ["syntax.py"]


def test_a_byte_order_mark_before_a_program_is_read_as_python_reads_it_in_a_file() -> None:
    assert ast.dump(tree_of(MARKED)) == ast.dump(ast.parse(MARKED.removeprefix("\ufeff")))
    assert [tensor.name for tensor in read(MARKED).data] == ["x"]
    assert set_data(MARKED, {"x": [2.0]}) == MARKED.replace("1.0", "2.0")
    assert "x" in viz.run(MARKED)[-1].variables


def test_a_command_of_a_notebook_is_a_statement_of_its_own() -> None:
    tree = tree_of(
        "import torch\r\n%matplotlib inline  # here\r\nif 1:\r\n    !pip install torch\r\nx = 5 \\\r\n%2\r\n"
    )
    found = [node for node in ast.walk(tree) if isinstance(node, Command)]
    places = [(one.text, one.lineno, one.col_offset) for one in found]
    assert places == [("%matplotlib inline  # here", 2, 0), ("!pip install torch", 4, 4)]
    assert len(tree.body) == 4


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("x = (1 +\n%matplotlib inline\n)\n", 2),
        ("%matplotlib inline\nx = = 1\n", 2),
        ("x = 1 +\n%matplotlib inline\n", 1),
        ('x = """\n%matplotlib inline\n', 1),
        ("%5\n", 1),
        ("%matplotlib inline\n" * 21, 21),
    ],
)
def test_what_a_command_does_not_explain_is_an_error_as_before(text: str, line: int) -> None:
    with pytest.raises(SyntaxError) as raised:
        tree_of(text)
    assert raised.value.lineno == line


def test_a_string_may_hold_what_looks_like_a_command() -> None:
    assert len(tree_of('x = """\n%matplotlib inline\n"""\ny = (5\n%x)\n').body) == 2
