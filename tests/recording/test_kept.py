"""Of a long run, the first iterations are kept and those that were asked for last, within a room of bytes."""

from __future__ import annotations

import pytest

from viz.frames.events import Evaluated
from viz.frames.frame import Frame
from viz.frames.graph import Graph, Node
from viz.frames.kept import Kept
from viz.frames.tape import LetGo


def frames(number: int) -> tuple[Frame, ...]:
    """An iteration of two statements; at its end, the graph has a Node."""
    graph = Graph((Node(0, "leaf", f"{number}"),), ())
    first = Frame(2 * number, number, "loop", 1, {}, Graph(), Evaluated("first"))
    return first, Frame(2 * number + 1, number, "loop", 2, {}, graph, Evaluated("last"))


def kept(room: float, sizes: list[int]) -> tuple[Kept, list[list[int]]]:
    """The iterations of these sizes, and which of them were let go for each."""
    made = Kept(room)
    return made, [made.add(frames(number), size) for number, size in enumerate(sizes)]


def here(of: Kept) -> list[int]:
    """The numbers of the iterations that are kept, in an order that changes nothing: the oldest first."""
    found = []
    for number in range(len(of)):
        try:
            of[number]
        except LetGo:
            continue
        found.append(number)
    return found


def test_without_a_limit_everything_is_kept() -> None:
    made, let_go = kept(float("inf"), [10] * 50)
    assert [made[number] for number in range(50)] == [frames(number) for number in range(50)]
    assert not any(let_go)


def test_an_eighth_of_the_room_is_for_the_first_iterations_and_the_rest_for_the_last() -> None:
    made, let_go = kept(80, [5] * 40)
    assert here(made) == [0, 1, *range(26, 40)]
    assert made.bytes == 80
    assert [one for several in let_go for one in several] == [*range(2, 26)]


def test_an_iteration_that_was_asked_for_stays_longer() -> None:
    made, _ = kept(80, [5] * 16)
    assert made[3] == frames(3)
    assert [made.add(frames(number), 5) for number in (16, 17)] == [[2], [4]]
    assert 3 in here(made)


def test_the_last_two_are_kept_whatever_they_take() -> None:
    made, let_go = kept(80, [5, 500, 500, 500])
    assert here(made) == [0, 2, 3]
    assert let_go == [[], [], [], [1]]
    assert made.bytes == 1005


def test_an_iteration_that_is_kept_knows_where_the_one_before_ended() -> None:
    made, _ = kept(80, [5] * 40)
    end = made.remains(25)[-1]
    assert (end.index, end.line, end.graph, end.event) == (51, 2, Graph(), Evaluated(""))
    assert made.remains(39) is made[39]
    with pytest.raises(LetGo, match="has let iteration 24 go"):
        made.remains(24)


def test_an_iteration_that_does_not_exist_is_not_one_that_was_let_go() -> None:
    made, _ = kept(80, [5] * 40)
    for number in (-1, 40):
        with pytest.raises(IndexError):
            made[number]
