"""Checks that every name has its value in plain Python, bit for bit; also the output, warnings and errors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from tests.audit.complaint import Complaint
from tests.audit.plain import in_a_row, one_line
from tests.audit.plain_variables import PlainVariable
from tests.audit.run import Run
from viz import limits
from viz.frames.frame import Frame, Variable
from viz.frames.plain import Span, Summary
from viz.language.runtime.problems import problem_of

VIEW = "values"
#: The properties of a tensor that are compared, besides its numbers.
_FACTS = ("requires_grad", "is_leaf", "shape", "dtype", "grad_fn")
_KINDS = ("tensor", "array", "number")


def values(run: Run) -> Iterator[Complaint]:
    """Check every variable after every statement."""
    texts: dict[int, tuple[object, str]] = {}

    def text(value: object) -> str:
        # Equal values on the tape are one object; a reference is kept here, so that no other object gets its id.
        known = texts.get(id(value))
        if known is None:
            known = texts[id(value)] = value, repr(_in_words(value))
        return known[1]

    seen: set[str] = set()
    for frame, moment in zip(run.frames, run.moments, strict=True):
        for name, what, expected, got in _different(frame.variables, moment.after, text):
            # A wrong name stays wrong, so each of its faults is reported once.
            if f"{name} {what}" not in seen:
                seen.add(f"{name} {what}")
                yield run.complain(VIEW, frame, f"{name}: {what}", expected, got)


def lines(run: Run) -> Iterator[Complaint]:
    """Check which statements ran, in which order, and how the run ended."""
    tape, plain = run.tape, run.plain
    together, error = len(run.frames), tape.error
    recorded = list(tape)[together:]
    mine = plain.moments[together:]
    if recorded and recorded[0].error is None:
        got = f"line {recorded[0].line}"
        expected = f"line {mine[0].line}" if mine else f"the end ({type(plain.error).__name__})"
        yield run.complain("lines", recorded[0], "another statement runs than in Python", expected, got)
        return
    if error is None:
        if plain.error is not None:
            yield run.complain("error", tape[-1], "raised nothing", repr(plain.error), "no error")
        return
    frame = tape[-1]
    if error.kind == "Limit":
        return  # plain Python did not run any further
    if error.kind == "Refused":
        if plain.error is None:  # if Python raised too, the language may refuse the statement
            yield run.complain("refused", frame, error.message)
    elif plain.error is None:
        yield run.complain("error", frame, "raised", "no error", f"{error.kind}: {error.message}")
    else:
        yield from _error(run, frame, plain.error)


def _error(run: Run, frame: Frame, raised: BaseException) -> Iterator[Complaint]:
    error = frame.error
    assert error is not None and isinstance(raised, Exception)
    if error.kind != type(raised).__name__:
        yield run.complain("error", frame, "another exception", repr(raised), f"{error.kind}: {error.message}")
        return
    expected = problem_of(raised, Span("", frame.line, 0, frame.line, 0)).message
    if error.message != expected:
        yield run.complain("error", frame, "other words", expected, error.message)
    if not run.plain.line <= error.line <= run.plain.end:
        yield run.complain("error", frame, "another line", run.plain.line, error.line)


def said(run: Run) -> Iterator[Complaint]:
    """Check what each statement printed, and torch's warnings while it ran."""
    pairs = [(frame, one.printed, one.warned) for frame, one in zip(run.frames, run.moments, strict=True)]
    stopped = run.tape.error
    if run.plain.error is not None and stopped is not None and stopped.kind != "Refused":
        pairs.append((run.tape[-1], run.plain.printed, run.plain.warned))
    for frame, printed, warned in pairs:
        if frame.printed != printed and not _cut(frame.printed, printed):
            yield run.complain("printed", frame, "another text", repr(printed), repr(frame.printed))
        told = one_line(frame.warned)
        if told != in_a_row(warned):
            yield run.complain("warned", frame, "other warnings", in_a_row(warned) or "none", told or "none")


def _cut(shown: str, printed: str) -> bool:
    """Whether a long output is cut at the limit and marked as cut."""
    begin = shown.rstrip("\n").removesuffix("…")
    return len(printed) > limits.PRINTED and len(begin) > limits.PRINTED // 2 and printed.startswith(begin)


def _different(
    told: Mapping[str, Variable], held: Mapping[str, PlainVariable], text: object
) -> Iterator[tuple[str, str, object, object]]:
    assert callable(text)
    shown = {
        name: one
        for name, one in told.items()
        if one.kind in _KINDS or (one.kind == "list" and one.value is not None)
    }
    for name, one in held.items():
        if name not in shown:
            if one.parameter is None and not (one.kind == "list" and name in told):
                yield name, "not shown", one.kind, told[name].kind if name in told else "nothing"
            continue
        variable = shown[name]
        if variable.kind != one.kind:
            yield name, "kind", one.kind, variable.kind
            continue
        if variable.value is not one.value and text(variable.value) != text(one.value):
            yield name, "value", one.value, variable.value
        if variable.grad is not one.grad and text(variable.grad) != text(one.grad):
            yield name, ".grad", one.grad, variable.grad
        if one.kind == "tensor":
            for fact in _FACTS:
                if getattr(variable, fact) != getattr(one, fact):
                    yield name, fact, getattr(one, fact), getattr(variable, fact)
    for name, variable in shown.items():
        if name not in held:
            yield name, "shown, but there is no such name", "nothing", variable.kind
    yield from _unnamed(shown, held)


def _in_words(value: object) -> object:
    """A value without the picture of a large one."""
    return replace(value, histogram=(), rows=0, blocks=b"") if isinstance(value, Summary) else value


def _unnamed(
    shown: Mapping[str, Variable], held: Mapping[str, PlainVariable]
) -> Iterator[tuple[str, str, object, object]]:
    """The parameters of modules that no name shows."""
    parameters: dict[int, list[str]] = {}
    for name, one in held.items():
        if one.parameter is not None:
            parameters.setdefault(one.parameter, []).append(name)
    for names in parameters.values():
        if not any(name in shown for name in names):
            yield names[0], "no name shows this parameter", "a tensor", "nothing"
