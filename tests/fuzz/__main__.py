"""`make fuzz`: run random programs, and keep every one that ends in anything but a tape or a refusal.

python -m tests.fuzz [programs] [seed]
"""

from __future__ import annotations

import contextlib
import io
import random
import resource
import signal
import sys
import time
import traceback
import warnings
from pathlib import Path

import viz
from tests.fuzz.grammar import Grammar
from viz import limits
from viz.language import Refused

PROGRAMS = 100_000
ITERATIONS = 3
#: Seconds that a program may take: the limit of each of its parts, and some for the recording.
PATIENCE = 2.5 * limits.SECONDS
#: Python's words for a fault of ours: what a program does wrong, the language, torch and the limits say.
SUSPICIOUS = frozenset({"AttributeError", "AssertionError", "MemoryError", "RecursionError", "SystemError"})
#: Seconds for a program that plain Python runs for comparison.
PLAIN = 5
FOUND = Path("build/fuzz")


def main(programs: int, seed: int) -> int:
    """Run so many programs; how many of them ended as none may."""
    warnings.simplefilter("ignore")  # torch's advice to whoever writes such programs
    grammar = Grammar(random.Random(seed))
    ends = {"ran": 0, "refused": 0, "stopped": 0}
    faults, slowest, began = 0, 0.0, time.monotonic()
    for number in range(1, programs + 1):
        source = grammar.program()
        start = time.monotonic()
        try:
            tape = viz.run(source, iterations=ITERATIONS)
            error = tape[-1].error if len(tape) else None
            ends["stopped" if error else "ran"] += 1
            if error and error.kind in SUSPICIOUS and _in_plain_python(source) != error.kind:
                faults += 1
                _keep(source, seed, number, f"line {error.line}: {error.kind}: {error.message}")
        except Refused:
            ends["refused"] += 1
        except BaseException:  # noqa: BLE001  # whatever it is, it is what we look for
            faults += 1
            _keep(source, seed, number, traceback.format_exc())
        took = time.monotonic() - start
        slowest = max(slowest, took)
        if took > PATIENCE:
            faults += 1
            _keep(source, seed, number, f"{took:.1f} s\n")
        if number % 1000 == 0:
            mebibytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
            rate = number / (time.monotonic() - began)
            print(
                f"{number:,} programs, {ends}, {faults} faults, slowest {slowest:.2f} s,"
                f" {mebibytes} MiB, {rate:.0f}/s"
            )
    return faults


def _in_plain_python(source: str) -> str:
    """What plain Python raises for a program that the language took, and that stopped in the first iterations."""
    signal.signal(signal.SIGALRM, _give_up)
    signal.alarm(PLAIN)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            exec(compile(source, "program", "exec"), {})  # it passed the language's checks, and it stops soon
    except Exception as error:  # noqa: BLE001  # its name is what we ask for
        return type(error).__name__
    finally:
        signal.alarm(0)
    return ""


def _give_up(*_: object) -> None:
    raise TimeoutError


def _keep(source: str, seed: int, number: int, why: str) -> None:
    FOUND.mkdir(parents=True, exist_ok=True)
    path = FOUND / f"{seed}-{number}.py"
    path.write_text(source + "\n" + "".join(f"# {line}\n" for line in why.splitlines()), encoding="utf-8")
    print(f"{path}: {why.strip().splitlines()[-1]}")


if __name__ == "__main__":
    arguments = [int(text) for text in sys.argv[1:3]]
    sys.exit(1 if main(*[*arguments, *(PROGRAMS, 1)[len(arguments) :]]) else 0)
