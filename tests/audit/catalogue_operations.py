"""Programs from the sample inputs of `op_db`: each operation in each form that the language has."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch

from tests.audit import catalogue_edges as edges
from tests.audit.catalogue_count import DTYPES, Count, Draft, Sample, different
from tests.audit.catalogue_forms import IMPORTS, Form, NotThisForm, forms
from tests.audit.catalogue_samples import drawn, operations
from tests.audit.catalogue_text import Head

#: The number of samples for a form other than the database's own.
_OTHER_FORMS = 3
#: Operations whose result has no numbers of its own: the memory as it was, which no two runs share.
_WITHOUT_NUMBERS = frozenset({"empty", "empty_like", "new_empty"})


def drafts(count: Count) -> Iterator[Draft]:
    """A draft for each program; updates `count`."""
    for operation in operations():
        count.entries += 1
        found = forms(operation)
        had = [form for form in found if form.refusal is None]
        if had:
            count.had.add(operation.name)
            yield from _of_operation(operation, had, count)
        else:
            count.missing[operation.name] = (found[0].refusal or "") if found else "PyTorch has no such name."


def _of_operation(operation: Any, had: list[Form], count: Count) -> Iterator[Draft]:
    entry = "/".join(one for one in (operation.name, operation.variant_test_name) if one)
    supported = operation.supported_dtypes("cpu")
    floats = [one for one in DTYPES if one in supported]
    for dtype in floats or {torch.int64} & supported:
        moved = bool(operation.supports_autograd and dtype in DTYPES and dtype in operation.backward_dtypes)
        given = drawn(lambda: operation.sample_inputs("cpu", dtype, requires_grad=moved))  # noqa: B023
        samples = different([Sample((one.input, *one.args), one.kwargs) for one in given], count)
        if operation.name in _WITHOUT_NUMBERS:
            count.unwritable["a result without numbers of its own"] += len(samples)
            continue
        for place, form in enumerate(had):
            name = f"{entry}, {form.label}, {str(dtype).removeprefix('torch.')}"
            for number, sample in enumerate(samples if place == 0 else samples[:_OTHER_FORMS]):
                for source in written(form, sample):
                    yield Draft(entry, f"{name}, sample {number}", source)
            for edge, sample in edges.of(samples, dtype) if place == 0 else ():
                for source in written(form, sample):
                    yield Draft(entry, f"{name}, edge: {edge}", source, raises=True)


def written(form: Form, sample: Sample) -> Iterator[str]:
    """The program of a sample in a form, up to its result; nothing if the form does not fit the sample."""
    head = Head()
    args = [head.put(one) for one in sample.args]
    options = {key: head.put(one) for key, one in sample.options.items()}
    try:
        before, call = form.write(args, options)
    except NotThisForm:
        return
    lines = "".join(f"{line}\n" for line in (*head.lines, *before, f"out = {call}"))
    yield IMPORTS + lines
