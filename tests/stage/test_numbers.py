"""The stage writes a number of a series as the server writes the tensor's element, digit by digit."""

from __future__ import annotations

import json
import math
import struct
import subprocess
from pathlib import Path
from random import Random

from tests.stage.test_modules import node_js
from tests.writing.test_numbers import NUMBERS
from viz.frames.plain import Value
from viz.writing.numbers import number
from viz.writing.series import value_json

HERE = Path(__file__).parent
#: Numbers halfway between two of four, three or five digits, and numbers that rounding carries to the next power.
TIES = [1.0625, 2.5, 12.125, 1234.5, 1235.5, 12344.5, 12345.5, 99999.5, 99998.5, 1125000.0, 1135000.0, 0.4375]
CARRIES = [9.9996, 9.99949, 99.996, 9999.6, 9999.4, 99999.4, 99999.6, 0.0099996, 0.00099996, 0.00099994, 999600.0]
#: Literals whose float32 is next to a halfway point, so that nine digits read as another float64.
LITERALS = [digits * 10.0**exponent for exponent in range(-8, 4) for digits in range(10005, 99995, 370)]


def _float32(value: float) -> float:
    return float(struct.unpack("f", struct.pack("f", value))[0])


def _on_the_stage(series: list[tuple[Value, str]]) -> list[str]:
    asked = f"[{','.join(f'[{value_json(value, dtype)},{json.dumps(dtype)}]' for value, dtype in series)}]"
    ran = subprocess.run(
        [node_js(), str(HERE / "numbers.mjs")],
        input=asked,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    said: list[str] = json.loads(ran.stdout)
    return said


def test_both_languages_write_the_numbers_of_one_table_alike() -> None:
    table = [(value, shown) for value, shown in NUMBERS if isinstance(value, float)]
    assert len(table) > 10
    assert _on_the_stage([(value, "float64") for value, _ in table]) == [shown for _, shown in table]


def test_both_languages_round_alike() -> None:
    random = Random(31)
    scales = [random.uniform(-1, 1) * 10.0 ** random.uniform(-12, 12) for _ in range(3000)]
    bits = [struct.unpack("d", random.randbytes(8))[0] for _ in range(1000)]
    values = [*TIES, *(-one for one in TIES), *CARRIES, *LITERALS, *scales, *filter(math.isfinite, bits), 5e-324]
    assert _on_the_stage([(value, "float64") for value in values]) == [number(value) for value in values]


def test_a_float32_is_read_back_before_it_is_rounded() -> None:
    values = [_float32(one) for one in LITERALS]
    assert [number(float(f"{one:.9g}")) for one in values] != [number(one) for one in values]
    assert _on_the_stage([(one, "float32") for one in values]) == [number(one) for one in values]


def test_a_whole_number_has_no_decimals() -> None:
    assert _on_the_stage([(7, "int64"), (-7, "int64"), (0, "int32")]) == ["7", "−7", "0"]
