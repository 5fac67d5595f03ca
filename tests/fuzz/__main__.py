"""`make fuzz`: run random programs, and keep every one that ends in anything but a tape or a refusal.

python -m tests.fuzz [programs] [seed]
"""

from __future__ import annotations

import contextlib
import gc
import io
import random
import re
import resource
import signal
import sys
import time
import traceback
import warnings
from pathlib import Path
from typing import Any

import torch

import viz
from tests.audit import audit
from tests.fuzz.grammar import Grammar
from viz import limits
from viz.frames.plain import Problem
from viz.language import Refused

PROGRAMS = 100_000
ITERATIONS = 3
#: Seconds of work that a part of a program may take: the limit, plus some for the operation that meets it.
PATIENCE = limits.SECONDS + 0.5
#: Exceptions that mean a fault of ours: the language, torch and the limits report a program's faults in others.
SUSPICIOUS = frozenset({"AttributeError", "AssertionError", "MemoryError", "RecursionError", "SystemError"})
#: What no sentence may contain, as sentences speak only of the program.
OURS = re.compile(r"\bviz\.|object at 0x|\b(Defined|Library|Custom|Applied|Builtin|Context|Span|GradMode)\b")
#: Seconds for a program that plain Python runs for comparison.
PLAIN = 5
#: One of this many programs is also audited: everything that the page could show is compared with plain Python.
AUDITED = 20
FOUND = Path("build/fuzz")


def main(programs: int, seed: int) -> int:
    """Run this many programs; return how many ended in a way that is not allowed."""
    warnings.simplefilter("ignore")  # torch's advice to the author of such programs
    grammar = Grammar(random.Random(seed))
    viz.run("import torch")  # so that torch's imports are not counted as the first program's
    gc.freeze()
    ends = {"ran": 0, "refused": 0, "stopped": 0}
    faults, slowest, began = 0, 0.0, time.monotonic()
    for number in range(1, programs + 1):
        source, state = grammar.program(), _shared()
        reasons, took = _run(source, ends)
        slowest = max(slowest, took)
        if not reasons and number % AUDITED == 0:
            reasons += _complaints(source)
        if took > PATIENCE:
            reasons.append(f"{took:.1f} s")
        if not all(
            torch.equal(a, b) if isinstance(a, torch.Tensor) else a == b
            for a, b in zip(_shared(), state, strict=True)
        ):
            reasons.append("torch is not as it was")
            _restore(state)
        if reasons:
            faults += 1
            _keep(source, seed, number, "\n".join(reasons))
        if number % 1000 == 0:
            mebibytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
            rate = number / (time.monotonic() - began)
            print(
                f"{number:,} programs, {ends}, {faults} faults, slowest part {slowest:.2f} s,"
                f" {mebibytes} MiB, {rate:.0f}/s",
                flush=True,
            )
    return faults


def _run(source: str, ends: dict[str, int]) -> tuple[list[str], float]:
    """What is wrong with the way a program ends, and the seconds of work of its longest part; counts the end."""
    longest, start = 0.0, time.thread_time()
    try:
        tape = viz.run(source, iterations=0)
        while not tape.complete and tape.recorded < ITERATIONS:
            longest, start = max(longest, time.thread_time() - start), time.thread_time()
            tape.record(tape.recorded + 1)
        longest = max(longest, time.thread_time() - start)
    except Refused as refused:
        ends["refused"] += 1
        return _said(refused.problem), time.thread_time() - start
    except BaseException:  # noqa: BLE001  # whatever it is, it is what we look for
        return [traceback.format_exc()], time.thread_time() - start
    error = tape.error
    ends["stopped" if error else "ran"] += 1
    if error is None:
        return [], longest
    if error.kind in SUSPICIOUS and _in_plain_python(source) != error.kind:
        return [f"line {error.line}: {error.kind}: {error.message}"], longest
    return _said(error), longest


def _complaints(source: str) -> list[str]:
    """The audit's complaints about a program that the language accepts."""
    return [str(one) for one in audit(source, "audit", ITERATIONS) if one.view != "refused"]


def _said(problem: Problem) -> list[str]:
    """What is wrong with a sentence: it names one of our own classes, or no line of the program."""
    if OURS.search(problem.message) or problem.line < 1 or not problem.message:
        return [f"line {problem.line}: {problem.kind}: {problem.message}"]
    return []


def _shared() -> list[Any]:
    """The state of torch that everything in this process shares."""
    return [
        torch.is_grad_enabled(),
        torch.is_inference_mode_enabled(),
        torch.get_default_dtype(),
        torch.is_anomaly_enabled(),
        torch.get_num_threads(),
        torch.are_deterministic_algorithms_enabled(),
        torch.get_rng_state(),
    ]


def _restore(state: list[Any]) -> None:
    torch.set_grad_enabled(state[0])
    torch.set_default_dtype(state[2])
    torch.set_rng_state(state[-1])


def _in_plain_python(source: str) -> str:
    """What plain Python raises for a program that the language accepts and that stops in the first iterations."""
    signal.signal(signal.SIGALRM, _give_up)
    signal.alarm(PLAIN)
    try:
        with contextlib.redirect_stdout(io.StringIO()), torch.random.fork_rng(), torch.enable_grad():
            exec(compile(source, "program", "exec"), {})  # it passed the language's checks and stops soon
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
