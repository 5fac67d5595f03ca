"""No correct gradient is reported as wrong: every operation, every preset, random programs."""

from __future__ import annotations

import random

import pytest

import viz
from tests.explaining.checked import checked
from tests.fuzz.grammar import Grammar
from tests.rule_cases import CASES
from tests.rule_checks import WEIGHTS, needed_by
from viz.explaining.check import CannotCheck, Checks
from viz.frames.events import Backward
from viz.presets import Preset, presets

#: The cases of the rules that lie on a point without a slope, and what the check says about them.
WITHOUT_SLOPE = {
    "torch.clamp(ties, 0.0, 2.0)": "ClampBackward1 has a kink here, with the slope 1.000 on the left and 0 on the",
    "ties.amax(1)": "AmaxBackward0 has a kink here, with the slope 0 on the left and 1.000 on the right.",
    "ties.amax()": "AmaxBackward0 has a kink here",
    "ties.amin(1)": "AminBackward0 has a kink here",
    "ties.max(1).values": "MaxBackward0 has a kink here",
    "ties.min(1)[0]": "MinBackward0 has a kink here",
    "torch.max(ties)": "MaxBackward1 has a kink here",
    "padded(several + 1)": "EmbeddingBackward0 keeps the gradient of the `padding_idx` row at 0.",
    "F.embedding(c, weight=B, padding_idx=2)": "EmbeddingBackward0 keeps the gradient of the `padding_idx` row",
    "F.embedding(c, B, padding_idx=-1)": "EmbeddingBackward0 keeps the gradient of the `padding_idx` row at 0.",
    "ties.norm(p=1e300 * 1e300, dim=1)": "LinalgVectorNormBackward0 has a kink here",
    "nil.norm()": "LinalgVectorNormBackward0 has a kink here, with the slope −1.000 on the left and 1.000 on the",
    "same.std()": "StdBackward0 has a kink here",
    "zeros.norm(p=0.5)": "LinalgVectorNormBackward0 jumps here, or has no value on one side",
    "zeros ** p": "PowBackward1 gives −inf at 2 of 3 elements, also in float64, so there is no number to compare",
    "zeros ** zeros": "PowBackward1 jumps here, or has no value on one side, so it has no slope.",
    "torch.normal(x, 0.5)": "NormalBackward1 takes what it draws for a constant.",
    "torch.cat([x[:0], A], dim=1)": "This tensor has no elements, so there is no gradient to check.",
    "torch.normal(mean=x)": "NormalBackward1 takes what it draws for a constant.",
    "torch.normal(A, std=p)": "NormalBackward3 takes what it draws for a constant.",
    "torch.normal(0.5, std=p)": "NormalBackward2 takes what it draws for a constant.",
    "torch.normal(x, p)": "NormalBackward3 takes what it draws for a constant.",
    "F.max_pool2d(C, kernel_size=(2, 3), stride=1, padding=(1, 0), dilation=(2, 1), ceil_mode=True)": "has a kink",
    "F.max_pool2d(ties.unsqueeze(0), 2, return_indices=True)[0]": "MaxPool2DWithIndicesBackward0 has a kink here",
    "nn.Hardswish()(A)": "HardswishBackward0 has a kink here, with the slope 1.500 on the left and 1.000 on",
    "F.hardswish(A)": "HardswishBackward0 has a kink here",
    "nn.LSTMCell(3, 2, dtype=real)(A)[0]": "torch computes this value inside one of its functions",
    "nn.LSTMCell(3, 2, dtype=real)(A, (E[:, 1:], A[:, 1:]))[1]": "torch computes this value inside one of its",
    "0.0 ** zeros": "PowBackward2 jumps here, or has no value on one side, so it has no slope.",
}


#: Changes of a tensor through a view make AsStridedBackward0, which is refused. No name: no gradient flows.
@pytest.mark.parametrize("name", [name for name in CASES if name not in ("", "AsStridedBackward0")])
def test_every_node_that_a_program_can_make_agrees_where_there_is_a_slope(name: str) -> None:
    for text in CASES[name]:
        lines = f"out = {text}\n{WEIGHTS}out.backward(weights)\n"
        checks = checked(needed_by(lines) + lines)
        assert all(one.agrees is not False for one in checks.values()), (text, checks)
        doubts = [one.text for one in checks.values() if one.agrees is None]
        said = WITHOUT_SLOPE.get(text)
        assert (doubts == []) if said is None else any(said in one for one in doubts), (text, doubts)


@pytest.mark.parametrize("preset", presets(), ids=lambda preset: preset.title)
def test_no_preset_raises_a_false_alarm(preset: Preset) -> None:
    tape = viz.run(preset.source)
    at = range(0, tape.recorded, max(1, tape.recorded // 3))
    for iteration in (*at, tape.recorded - 1):
        frames = [frame for frame in tape.iteration(iteration) if isinstance(frame.event, Backward)]
        checks = Checks(tape.program, tape, frames[-1])
        for node in frames[-1].graph.nodes:
            one = checks.of(node.id)
            assert one.agrees is not False or one.function == "Rounded", (iteration, node.name, one.text)
            assert one.agrees is not None or "inside one of its functions" in one.text or not any(
                gradient is not None for gradient in node.received
            ), (iteration, node.name, one.text)  # fmt: skip


def test_random_programs_raise_no_false_alarm() -> None:
    grammar, looked_at = Grammar(random.Random(5)), 0
    while looked_at < 25:
        try:
            tape = viz.run(source := grammar.program(), 2)
        except viz.Refused:
            continue
        frames = [frame for frame in tape if isinstance(frame.event, Backward)]
        if not frames:
            continue
        looked_at += 1
        try:
            checks = Checks(tape.program, tape, frames[-1])
        except CannotCheck:
            continue
        for node in frames[-1].graph.nodes:
            one = checks.of(node.id)
            assert one.agrees is not False or one.function is not None, (source, node.name, one.text)
