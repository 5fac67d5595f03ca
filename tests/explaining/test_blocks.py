"""Blocks become JSON that the page can show; formulas become MathML."""

from __future__ import annotations

import json
from xml.etree import ElementTree as ET

from viz.explaining.blocks import Math, Section, Table, Text

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


def test_a_formula_becomes_one_mathml_element_of_its_own_line() -> None:
    made = Math(r"\frac{1}{2} < x^{2}").to_json()["math"]
    assert isinstance(made, str)
    math = ET.fromstring(made)
    assert math.tag == f"{MATHML}math" and math.get("display") == "block"
    assert [one.text for one in math.iter(f"{MATHML}mn")] == ["1", "2", "2"]
    assert [one.text for one in math.iter(f"{MATHML}mo")] == ["<"]


def test_a_name_is_one_element_and_a_sign_is_no_difference() -> None:
    made = Math(r"\mathrm{y\_hat2} \cdot \left(-3\right) - 1").to_json()["math"]
    assert isinstance(made, str)
    math = ET.fromstring(made)
    assert [one.text for one in math.iter(f"{MATHML}mi")] == ["y_hat2"]
    minuses = [one.get("form") for one in math.iter(f"{MATHML}mo") if one.text == "−"]
    assert minuses == ["prefix", None]
