"""A progress bar is its iterable: the loop around it runs as if the bar were not there."""

from __future__ import annotations

import pytest

import viz
from viz.editing.sites import loop_count
from viz.editing.source import parsed
from viz.frames.frame import Frame
from viz.writing.sentences import sentence

HEAD = "import torch\nw = torch.ones(2, requires_grad=True)\n"
LINES = "for step in {}:\n    (w * step).sum().backward()\nprint(w.grad)\n"
PLAIN = HEAD + LINES.format("range(4)")


def frames(source: str) -> list[Frame]:
    tape = viz.run(source)
    assert tape.error is None, tape.error
    return list(tape)


@pytest.mark.parametrize(
    "bar",
    [
        ("from tqdm import tqdm\n", "tqdm(range(4), desc='a loss', leave=False)"),
        ("from tqdm.auto import trange\n", "trange(4, desc='a loss')"),
        ("from tqdm.notebook import tqdm\n", "tqdm(range(4))"),
    ],
)
def test_the_loop_over_the_iterations_may_have_a_bar(bar: tuple[str, str]) -> None:
    head, entries = bar
    source = head + HEAD + LINES.format(entries)
    tape, plain = viz.run(source), viz.run(PLAIN)
    assert (tape.error, tape.recorded) == (None, 4)
    assert [one.variables["w"] for one in list(tape)[3:]] == [one.variables["w"] for one in list(plain)[2:]]
    read = parsed(source)
    assert read is not None
    found = loop_count(read)
    assert found is not None
    assert found[1] == 4


def test_a_function_of_the_program_with_this_name_is_its_own() -> None:
    assert frames("def tqdm(entries):\n    return [7]\nfor k in tqdm(range(3)):\n    x = k\n")[-1].line == 3


def test_what_is_written_on_a_bar_is_shown_nowhere() -> None:
    lines = (
        "from tqdm import tqdm\nbar = tqdm([1, 2])\nfor k in bar:\n    bar.set_postfix(loss=k)\nprint(len(bar))\n"
    )
    ran = frames(lines)
    assert sentence(ran[1]) == "bar is a progress bar, which is not drawn here."
    assert ran[-1].printed == "2\n"


@pytest.mark.parametrize(
    ("entries", "said"),
    [("tqdm(range(4), desc=eval('1'))", "`eval`"), ("tqdm(range(4), open('a'))", "`open`")],
)
def test_what_a_bar_is_given_is_checked(entries: str, said: str) -> None:
    with pytest.raises(viz.Refused, match=said):
        viz.run(f"from tqdm import tqdm\n{HEAD}{LINES.format(entries)}")


def test_a_bar_is_refused_around_what_has_no_entries() -> None:
    error = viz.run("from tqdm import tqdm\nx = tqdm(3)\n").error
    assert error is not None
    assert error.message == "A number cannot be iterated over; a list or a tensor can."


def test_a_bar_around_a_loader_draws_its_order_once() -> None:
    head = "import torch\nfrom torch.utils.data import DataLoader\nfrom tqdm import tqdm\ntorch.manual_seed(5)\n"
    lines = "loader = DataLoader(range(9), batch_size=4, shuffle=True)\nfor batch in {}:\n    print(batch)\n"
    lines += "print(torch.rand(1))\n"
    bar, plain = ([one.printed for one in frames(head + lines.format(it))] for it in ("tqdm(loader)", "loader"))
    assert bar == plain
