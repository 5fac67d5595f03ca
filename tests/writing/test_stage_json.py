"""The JSON that the stage plays: complete, in pieces that fit together, small, and with PyTorch's numbers."""

from __future__ import annotations

import json
import struct
from typing import Any

import pytest

import viz
from tests.programs import BACKWARD_TWICE, DIVERGES, LINE
from viz import budget
from viz.catalog import DEFAULT_PROGRAM
from viz.drawing.tensor_picture import picture_of
from viz.language import outline
from viz.presets import presets
from viz.recording.tape import Tape
from viz.writing import stage_json
from viz.writing.json_text import json_of
from viz.writing.numbers import brief, first, in_ascii
from viz.writing.stage_json import StageWriter


def _writer(source: str, iterations: int | None = None) -> tuple[Tape[Any], StageWriter]:
    tape = viz.run(source, iterations=iterations)
    return tape, StageWriter(tape, "tape", ("loss", "y_hat", "W"))


def _chunk(writer: StageWriter, start: int, stop: int) -> dict[str, Any]:
    data, end = writer.chunk(start, stop)
    chunk: dict[str, Any] = json.loads(data)
    assert chunk["to"] == end
    return chunk


def _texts(chunk: dict[str, Any], iteration: int, statement: int) -> dict[str, str]:
    """The text of every slot after a statement, merged from the frames' changes as the stage does."""
    texts: dict[str, str] = {}
    for frame in chunk["iterations"][iteration]["f"][: statement + 1]:
        texts |= frame["t"]
    return {slot: text for slot, text in texts.items() if text}


def _marks(chunk: dict[str, Any], iteration: int, statement: int) -> dict[str, str]:
    marks: dict[str, str] = {}
    for frame in chunk["iterations"][iteration]["f"][: statement + 1]:
        marks |= chunk["marks"][str(frame["m"])]["to"]
    return marks


def _node(tape: Tape[Any], name: str) -> int:
    return next(node.id for node in tape.iteration(0)[-1].graph.nodes if name in (node.name, node.variable))


def _bits(numbers: Any) -> bytes:
    """The numbers as the bytes of float32."""
    return struct.pack(f"{len(numbers)}f", *numbers)


ZERO_GRAD, FORWARD, LOSS, BACKWARD, STEP = range(5)


def test_the_graph_fills_as_the_statements_run() -> None:
    tape, writer = _writer(LINE, 1)
    chunk = _chunk(writer, 0, 1)
    w, y_hat, loss = (_node(tape, name) for name in ("W", "y_hat", "MseLossBackward0"))
    before = _texts(chunk, 0, ZERO_GRAD)
    assert (before[f"n{w}.v"], before[f"n{w}.g"]) == ("0.5000", "None")
    assert f"n{y_hat}.v" not in before
    assert _texts(chunk, 0, FORWARD)[f"n{y_hat}.v"] == "[0.5000, 1.000]"
    assert f"n{loss}.v" not in _texts(chunk, 0, FORWARD)
    assert _texts(chunk, 0, LOSS)[f"n{loss}.v"] == "2.125"
    assert f"n{y_hat}.g" not in _texts(chunk, 0, LOSS)
    after = _texts(chunk, 0, BACKWARD)
    assert after[f"n{w}.g"] == "−4.500"
    # d loss / d y_hat = 2 (y_hat - y) / 2
    assert after[f"n{y_hat}.g"] == "[−0.5000, −2.000]"
    assert _texts(chunk, 0, STEP)[f"n{w}.v"] == "0.9500"


def test_marks_distinguish_waiting_built_done_and_the_nodes_of_this_statement() -> None:
    tape, writer = _writer(LINE, 1)
    chunk = _chunk(writer, 0, 1)
    mark = f"n{_node(tape, 'MulBackward0')}"
    states = [_marks(chunk, 0, statement)[mark] for statement in range(5)]
    assert states == ["waiting", "built now", "built", "built done freed now", "built done freed"]


def test_edges_have_the_gradient_sent_along_them() -> None:
    tape, writer = _writer(LINE, 1)
    texts = _texts(_chunk(writer, 0, 1), 0, BACKWARD)
    graph = tape.iteration(0)[BACKWARD].graph
    for edge in graph.edges:
        slot = f"e{edge.node}.{edge.slot}"
        if edge.gradient:
            assert texts[slot] == first(graph.nodes[edge.node].sent[edge.slot])
        else:
            assert slot not in texts


def test_the_ledger_adds_the_contribution_and_moves_the_value() -> None:
    _, writer = _writer(LINE.replace("    optimizer.zero_grad()\n", ""), 2)
    texts = _texts(_chunk(writer, 0, 2), 1, 3)
    tape = viz.run(LINE.replace("    optimizer.zero_grad()\n", ""), iterations=2)
    frames = tape.iteration(1)
    assert texts["l0.before"] == "−4.500"
    assert texts["l0.after"] == brief(frames[-1].variables["W"].grad)
    assert (texts["l0.value"], texts["l0.new"]) == ("0.9500", brief(frames[-1].variables["W"].value))
    assert texts["l0.change"].startswith("+")


def test_pieces_fit_together_into_the_contents_of_one_chunk() -> None:
    _, writer = _writer(LINE)
    whole = _chunk(writer, 0, 20)
    pieces = [_chunk(writer, 0, 7), _chunk(writer, 7, 8), _chunk(writer, 8, 20)]
    assert [one for piece in pieces for one in piece["iterations"]] == whole["iterations"]
    assert {key: value for piece in pieces for key, value in piece["marks"].items()} == whole["marks"]
    assert {key: value for piece in pieces for key, value in piece["pictures"].items()} == whole["pictures"]
    assert "head" in pieces[0] and "head" not in pieces[1]


def test_nothing_is_sent_twice() -> None:
    _, writer = _writer(LINE)
    later = _chunk(writer, 7, 20)
    assert later["pictures"] == {}
    assert len(later["iterations"]) == 13


def test_an_opening_and_the_following_chunks_have_the_contents_of_one_chunk() -> None:
    _, writer = _writer(LINE)
    whole = _chunk(writer, 0, 20)
    tape, writer = _writer(LINE, 0)
    outlined = outline(tape.program, range(7, 10), 20, ("loss", "y_hat", "W"))
    assert outlined is not None
    opening = json.loads(writer.opening(outlined, range(7, 10)))
    tape.record(20)
    rest = json.loads(writer.chunk(1, 20, 20, range(7, 10))[0])
    iterations = opening["iterations"] + rest["iterations"]
    for number in (7, 8, 9):
        assert iterations[number] is None
        iterations[number] = opening["alone"][str(number)]

    def played(chunks: list[dict[str, Any]], iterations: list[dict[str, Any]]) -> Any:
        """Each frame with the pictures and marks behind its numbers, which depend on the order of writing."""
        marks = {key: value for chunk in chunks for key, value in chunk["marks"].items()}
        pictures = {key: value for chunk in chunks for key, value in chunk["pictures"].items()}
        return [
            (pictures[str(one["p"])], [frame | {"m": marks[str(frame["m"])]} for frame in one["f"]])
            for one in iterations
        ]

    assert played([opening, rest], iterations) == played([whole], whole["iterations"])
    assert opening["series"]["of"] == whole["series"]["of"]
    assert opening["head"]["figures"] == whole["head"]["figures"]


def test_large_iterations_come_few_at_a_time_and_none_is_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _, writer = _writer(LINE)
    whole = _chunk(writer, 0, 20)
    size = max(len(json.dumps(one)) for one in whole["iterations"])
    monkeypatch.setattr(stage_json, "ROOM", 3 * size)
    pieces = [_chunk(writer, 0, 20)]
    while pieces[-1]["to"] < 20:
        pieces.append(_chunk(writer, pieces[-1]["to"], 20))
        assert 1 <= len(pieces[-1]["iterations"]) <= 5
    assert [one for piece in pieces for one in piece["iterations"]] == whole["iterations"]
    assert [piece["complete"] for piece in pieces] == [False] * (len(pieces) - 1) + [True]


def test_an_opening_brings_the_iteration_at_the_cursor_however_large(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(stage_json, "ROOM", 1)
    tape, writer = _writer(LINE)
    opening = json.loads(writer.opening(tape, range(7, 14)))
    assert list(opening["alone"]) == ["7"]
    assert len(opening["iterations"]) == 1


@pytest.mark.parametrize("of", ["set-up", "an iteration"])
def test_a_tape_can_be_written_by_others_while_it_is_being_written(
    of: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, alone = _writer(LINE)
    whole = _chunk(alone, 0, 20)
    tape, writer = _writer(LINE)
    pauses = iter(range(1_000))
    written: list[dict[str, Any]] = []

    def pause() -> None:
        if next(pauses) == (1 if of == "set-up" else len(tape.setup) + 1):
            written.append(_chunk(writer, 0, 20))

    monkeypatch.setattr(budget, "pause", pause)
    assert _chunk(writer, 0, 20) == whole == written[0]
    assert writer.size == alone.size


def test_only_the_last_chunk_says_that_the_tape_is_complete() -> None:
    _, writer = _writer(LINE)
    assert [_chunk(writer, 0, stop)["complete"] for stop in (5, 19, 20, 99)] == [False, False, True, True]


def test_series_are_pytorchs_numbers_to_the_last_bit() -> None:
    tape, writer = _writer(LINE)
    series = _chunk(writer, 0, 20)["series"]["of"]
    for number, one in enumerate(series):
        variables = tape.iteration(number)[-1].variables
        assert _bits([one["loss"]]) == _bits([variables["loss"].value])
        assert _bits([one["W+"]]) == _bits(variables["W"].value)
        assert _bits(one["y_hat"]) == _bits(variables["y_hat"].value)
    assert [one["W+"] for one in series[:-1]] == [one["W"] for one in series[1:]]


def test_inf_and_nan_are_strings_in_the_series_and_in_the_texts() -> None:
    tape = viz.run(DIVERGES)
    data, _ = StageWriter(tape, "tape", ("loss", "w")).chunk(0, tape.recorded)
    chunk = json.loads(data, parse_constant=lambda name: 1 / 0)
    series = chunk["series"]["of"]
    for number, one in enumerate(series):
        variables = tape.iteration(number)[-1].variables
        expected = {"loss": [variables["loss"].value], "w.grad": variables["w"].grad}
        for name, value in expected.items():
            assert repr(struct.unpack("f", _bits([float(one[name])]))) == repr(struct.unpack("f", _bits(value)))
    words = {value for one in series for value in one.values() if isinstance(value, str)}
    assert {"inf", "nan"} <= words <= {"inf", "-inf", "nan"}
    first = next(i for i, one in enumerate(chunk["iterations"]) if any("w" in frame for frame in one["f"]))
    assert first == 64


def test_the_head_explains_the_words_of_marks() -> None:
    chunk = _chunk(_writer(LINE)[1], 0, 1)
    words = {word for one in chunk["marks"].values() for mark in one["to"].values() for word in mark.split()}
    assert chunk["head"]["words"]["states"].keys() <= words


def test_the_head_has_the_dtype_of_each_series_that_is_not_float32() -> None:
    double = LINE.replace("requires_grad", "dtype=torch.float64, requires_grad")
    chunk = _chunk(_writer(double)[1], 0, 1)
    assert {chunk["head"]["dtypes"][name] for name in ("W", "W+", "W.grad", "loss")} == {"float64"}
    assert chunk["series"]["of"][0].keys() <= chunk["head"]["dtypes"].keys()
    for source in (LINE, "x = 1"):
        assert _chunk(_writer(source)[1], 0, 1)["head"]["dtypes"] == {}


def test_only_a_grad_of_none_is_null_in_the_series() -> None:
    tape, writer = _writer(LINE.replace("    loss.backward()\n", ""))
    for number, one in enumerate(_chunk(writer, 0, 3)["series"]["of"]):
        assert tape.iteration(number)[-1].variables["W"].grad is None
        assert [name for name, value in one.items() if value is None] == ["W.grad"]


def test_an_error_is_the_last_frame_and_is_marked() -> None:
    _, writer = _writer(BACKWARD_TWICE)
    frames = _chunk(writer, 0, 1)["iterations"][0]["f"]
    assert [frame.get("e") for frame in frames] == [None, None, None, None, 1]
    assert "second time" in frames[-1]["s"]


def test_a_program_that_stops_in_its_set_up_still_shows_its_frames() -> None:
    _, writer = _writer(
        LINE.replace("optimizer = ", "z = torch.tensor([1.0]) @ torch.tensor([1.0, 2.0])\noptimizer = ")
    )
    chunk = _chunk(writer, 0, 10)
    assert chunk["iterations"] == []
    assert chunk["head"]["setup"]["f"][-1]["e"] == 1


def test_what_follows_the_loop_comes_with_the_end() -> None:
    _, writer = _writer(LINE + "last = loss.item()\n")
    assert "after" not in _chunk(writer, 0, 19)
    (frame,) = _chunk(writer, 0, 20)["after"]["f"]
    assert frame["s"].startswith("last is ")


def test_a_hundred_iterations_of_the_first_program_are_at_most_300_kilobytes() -> None:
    tape = viz.run(DEFAULT_PROGRAM.read_text())
    data, end = StageWriter(tape, "tape", ("loss", "y_hat", "W", "b")).chunk(0, 100)
    assert end == 100
    assert len(data) <= 300_000


def test_pictures_of_tensors_make_the_network_at_most_half_larger() -> None:
    network = next(one for one in presets() if one.title == "A 2-8-1 network")
    data, _ = StageWriter(viz.run(network.source), "tape", ("loss",)).chunk(0, 100)
    chunk = json.loads(data)
    frames = [frame for part in (chunk["head"]["setup"], *chunk["iterations"]) for frame in part["f"]]
    pictures = sum(len(json_of({"i": frame["i"]})) for frame in frames if "i" in frame)
    assert 0 < pictures <= (len(data) - pictures) / 2


def _picture(value: Any) -> str:
    picture = picture_of(value)
    assert picture is not None
    return picture.text(in_ascii)


def test_each_slot_of_a_tensor_has_the_picture_of_what_it_shows() -> None:
    tape, writer = _writer(LINE, 2)
    chunk = _chunk(writer, 0, 2)
    node = _node(tape, "y_hat")
    y_hat = tape.iteration(1)[BACKWARD].variables["y_hat"].value
    received = tape.iteration(1)[BACKWARD].graph.nodes[node].received[0]
    shown = _pictures(chunk["iterations"][1]["f"][: BACKWARD + 1])
    assert shown[f"n{node}.v"] == _picture(y_hat)
    assert shown[f"n{node}.g"] == _picture(received)
    assert "l0.value" not in shown, "a scalar is a number"


def _pictures(frames: list[dict[str, Any]]) -> dict[str, str]:
    """The picture in each slot after some frames of a part, merged as the stage does."""
    album: list[str] = []
    shown: dict[str, str] = {}
    for entry in [one for frame in frames for one in frame.get("i", [])]:
        picture, *slots = entry.split(" ")
        if "/" in picture:
            album.append(picture)
        elif picture != "-":
            picture = album[int(picture)]
        shown |= dict.fromkeys(slots, picture)
    return {slot: picture for slot, picture in shown.items() if picture != "-"}


def test_without_a_loop_a_tensor_appears_with_the_line_that_makes_it() -> None:
    tape, writer = _writer(BACKWARD_TWICE)
    chunk = _chunk(writer, 0, 1)
    w = f"n{_node(tape, 'w')}"
    assert _marks(chunk, 0, 0)[w] == "waiting"
    assert f"{w}.v" not in _texts(chunk, 0, 0)
    assert _marks(chunk, 0, 1)[w] == "held"
    assert _texts(chunk, 0, 1)[f"{w}.v"] == "3.000"


def test_data_made_in_each_iteration_show_nothing_before_their_line() -> None:
    detached = LINE.replace(
        "    loss = criterion(y_hat, y)\n", "    t = y_hat.detach()\n    loss = criterion(y_hat, t)\n"
    )
    tape, writer = _writer(detached, 2)
    chunk = _chunk(writer, 0, 2)
    t = f"n{_node(tape, 't')}"
    shown = [f"{t}.v" in _texts(chunk, 1, statement) for statement in range(4)]
    assert shown == [False, False, True, True]


def test_writing_a_run_in_another_order_has_the_same_numbers() -> None:
    others = "if iteration % 3 == 2:\n        y = y * 1.0\n    if iteration % 3 == 1:\n        x = x * 1.0\n    "
    shapes = LINE.replace("y_hat = ", f"{others}y_hat = ")
    tape = viz.run(shapes, 9)
    in_order, from_behind = StageWriter(tape, "one"), StageWriter(tape, "two")
    first = json.loads(in_order.chunk(0, 9)[0])
    from_behind.opening(tape, range(8, 9))
    again = json.loads(from_behind.chunk(0, 9)[0])
    assert again["iterations"] == first["iterations"]
    assert len({frame["m"] for one in first["iterations"] for frame in one["f"]}) > 5


PRINTS = """import torch
print("begin")
w = torch.tensor(1.0, requires_grad=True)
for i in range(2):
    loss = w * 2
    loss.backward()
    print(i, end=" ")
    print(f"w {w.item()}", "two\\nlines")
print("end")
"""


def test_frames_have_what_they_printed_to_the_last_character() -> None:
    _, writer = _writer(PRINTS)
    chunk = _chunk(writer, 0, 2)
    parts = [chunk["head"]["setup"], *chunk["iterations"], chunk["after"]]
    printed = [[frame["o"] for frame in part["f"] if "o" in frame] for part in parts]
    line = "w 1.0 two\nlines\n"
    assert printed == [["begin\n"], ["0 ", line], ["1 ", line], ["end\n"]]


def test_the_head_says_whether_the_program_may_print() -> None:
    for source, prints in [(PRINTS, True), (LINE, False)]:
        _, writer = _writer(source, 1)
        assert _chunk(writer, 0, 1)["head"]["prints"] is prints


CALLS = """import torch
w = torch.tensor(1.0, requires_grad=True)
def f(x):
    def g(y):
        return y * 2
    return g(x)
for i in range(2):
    loss = f(w)
    loss.backward()
"""


def test_frames_have_the_calls_that_they_are_in_where_these_change() -> None:
    _, writer = _writer(CALLS)
    chunk = _chunk(writer, 0, 2)
    assert chunk["head"]["calls"] is True
    in_f, in_g = [0, "f"], [1, "g"]
    for part in chunk["iterations"]:
        assert [frame.get("c") for frame in part["f"]] == [[in_f], [in_f, in_g], [in_f], [], None]
    _, writer = _writer(LINE, 1)
    chunk = _chunk(writer, 0, 1)
    assert chunk["head"]["calls"] is False
    assert not [frame for frame in chunk["iterations"][0]["f"] if "c" in frame]
