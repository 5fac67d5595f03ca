"""Blocks become JSON that the page can show; formulas become MathML."""

from __future__ import annotations

import json
from xml.etree import ElementTree as ET

import pytest

from viz.explaining import mathml
from viz.explaining.blocks import Math, Section, Table, Text
from viz.explaining.mathml import converted
from viz.explaining.nodes import explain_node
from viz.language import record
from viz.presets import presets

MATHML = "{http://www.w3.org/1998/Math/MathML}"


def test_a_section_becomes_json_with_its_blocks_in_order() -> None:
    section = Section("Rule", (Text("It is <b> & more."), Table(("i", "sent"), (("0", "2"), ("1", "−3")))))
    assert json.loads(json.dumps(section.to_json())) == {
        "heading": "Rule",
        "blocks": [
            {"text": "It is <b> & more."},
            {"table": {"head": ["i", "sent"], "rows": [["0", "2"], ["1", "−3"]]}},
        ],
    }


def test_a_formula_becomes_one_mathml_element_on_a_line_of_its_own() -> None:
    made = Math(r"\frac{1}{2} < x^{2}").to_json()["math"]
    assert isinstance(made, str)
    math = ET.fromstring(made)
    assert math.tag == f"{MATHML}math" and math.get("display") == "block"
    assert [one.text for one in math.iter(f"{MATHML}mn")] == ["1", "2", "2"]
    assert [one.text for one in math.iter(f"{MATHML}mo")] == ["<"]


def test_a_name_is_one_element_and_a_sign_is_not_a_subtraction() -> None:
    made = Math(r"\mathrm{y\_hat2} \cdot \left(-3\right) - 1").to_json()["math"]
    assert isinstance(made, str)
    math = ET.fromstring(made)
    assert [one.text for one in math.iter(f"{MATHML}mi")] == ["y_hat2"]
    minuses = [one.get("form") for one in math.iter(f"{MATHML}mo") if one.text == "−"]
    assert minuses == ["prefix", None]


def formulas(source: str) -> set[str]:
    """Every formula that explains a Node after the third iteration of a program."""
    tape = record(source)
    tape.record(3)
    frame = tape[-1]
    sections = [section for node in frame.graph.nodes for section in explain_node(frame, node.id)]
    return {block.latex for section in sections for block in section.blocks if isinstance(block, Math)}


def test_a_formula_is_the_same_whether_its_numbers_are_inserted_before_or_after_conversion() -> None:
    for preset in presets():
        for latex in formulas(preset.source):
            assert mathml.mathml(latex) == converted(latex)


@pytest.mark.parametrize(
    "latex",
    [
        "x_0.5 + x^0.5 + 0.5^2.5",
        r"\frac0.5 + \frac{0.5}{1.5}",
        r"\mathrm{v1.5} + \text{up to 1.5} - 1.50",
        "7.0000007 + 1.5",
        "1.5.2 + .5 + 3. - 12",
        r"1.20 \cdot 10^{-5} - \left(-2.350\right)",
        "1.5 mm + 2.5 in",
    ],
)
def test_a_number_is_inserted_at_its_place_wherever_that_is(latex: str) -> None:
    assert mathml.mathml(latex) == converted(latex)


def test_a_formula_with_other_numbers_is_not_converted_again(monkeypatch: pytest.MonkeyPatch) -> None:
    first = mathml.mathml(r"\mathrm{once} \cdot 1.25 = -3.500")
    monkeypatch.setattr(mathml, "convert", lambda *_, **__: pytest.fail("converted again"))
    second = mathml.mathml(r"\mathrm{once} \cdot 20.75 = -0.125")
    assert second == first.replace("1.25", "20.75").replace("3.500", "0.125") != first
