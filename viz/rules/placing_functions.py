"""The functions of formulas that read or place elements, or work on windows: how each is written."""

from __future__ import annotations

import torch

from viz.rules import placing, resizing, windows
from viz.rules.formula_function import FormulaFunction
from viz.rules.latex import word
from viz.rules.rounding import multiplied

PLACING_FUNCTIONS: dict[str, FormulaFunction] = {
    "one_hot": FormulaFunction(placing.one_hot, word(r"one\ hot", 1), numbers=0),
    "for_classes": FormulaFunction(placing.for_classes, lambda shown: shown[0]),
    "first_half": FormulaFunction(placing.first_half, word(r"first\ half", 1)),
    "second_half": FormulaFunction(placing.second_half, word(r"second\ half", 1)),
    "both_halves": FormulaFunction(placing.both_halves, word("join", 2), numbers=2),
    "lower_triangle": FormulaFunction(torch.tril, word(r"lower\ triangle", 1)),
    "row": FormulaFunction(torch.atleast_1d, lambda shown: shown[0]),
    "for_rows": FormulaFunction(placing.for_rows, lambda shown: shown[0]),
    "listed": FormulaFunction(placing.listed, word("listed"), numbers=0),
    "stacked": FormulaFunction(torch.stack, word("stack", 1, below=1)),
    "joined": FormulaFunction(placing.joined, word("join", 1, below=2)),
    "flip": FormulaFunction(lambda value, dims: value.flip(dims), word("flip", 1, below=1)),
    "added_up": FormulaFunction(placing.added_up, word(r"add\ up\ the\ copies", 1)),
    "put_along": FormulaFunction(placing.put_along, word(r"put\ at", 1, below=2)),
    "put_select": FormulaFunction(placing.put_select, word(r"put\ at", 1, below=2)),
    "put_slice": FormulaFunction(placing.put_slice, word(r"put\ back", 1)),
    "put_indices": FormulaFunction(placing.put_indices, word(r"add\ at\ the\ indices", 1)),
    "erased": FormulaFunction(placing.erased, word(r"0\ at\ the\ indices", 1)),
    "picked": FormulaFunction(placing.picked, word(r"at\ the\ indices", 1)),
    "at_view": FormulaFunction(placing.at_view, word(r"at\ the\ view", 1)),
    "put_at_view": FormulaFunction(placing.put_at_view, word(r"replace\ at\ the\ view", 2), numbers=2),
    "put_strided": FormulaFunction(placing.put_strided, word(r"put\ at\ the\ view", 1)),
    "sliced": FormulaFunction(placing.sliced, word("slice", 5)),
    "erased_along": FormulaFunction(placing.erased_along, word(r"0\ at", 1, below=2)),
    "picked_along": FormulaFunction(placing.picked_along, word("at", 1, below=2)),
    "put_masked": FormulaFunction(placing.put_masked, word(r"put\ where\ the\ mask\ is\ true", 1)),
    "picked_masked": FormulaFunction(placing.picked_masked, word(r"where\ the\ mask\ is\ true", 1)),
    "picked_rows": FormulaFunction(placing.picked_rows, word("rows", 1, below=1)),
    "picked_index": FormulaFunction(placing.picked_index, word("at", 1, below=2)),
    "put_diagonal": FormulaFunction(placing.put_diagonal, word(r"put\ on\ the\ diagonal", 1)),
    "put_index": FormulaFunction(placing.put_index, word(r"add\ at", 1, below=2)),
    "put_rows": FormulaFunction(placing.put_rows, word(r"add\ to\ the\ rows", 1, below=1)),
    "convolved": FormulaFunction(windows.convolved, word("conv", 2), numbers=2, rounds=multiplied),
    "conv_input": FormulaFunction(windows.conv_input, word(r"conv\ transpose", 2), numbers=2, rounds=multiplied),
    "conv_weight": FormulaFunction(windows.conv_weight, word("correlate", 2), numbers=2, rounds=multiplied),
    "besides_channels": FormulaFunction(
        windows.besides_channels, word(r"all\ but\ the\ channels"), pointwise=True, plain=True
    ),
    "put_in_planes": FormulaFunction(windows.put_in_planes, word(r"put\ at", 1, below=1)),
    "picked_in_planes": FormulaFunction(windows.picked_in_planes, word("at", 1, below=1)),
    "add_to_windows": FormulaFunction(windows.add_to_windows, word(r"add\ to\ each\ window", 1)),
    "sum_windows": FormulaFunction(windows.sum_windows, word(r"sum\ of\ each\ window", 1)),
    "window_sizes": FormulaFunction(windows.window_sizes, word(r"size\ of\ each\ window", 0), plain=True),
    "add_to_regions": FormulaFunction(windows.add_to_regions, word(r"add\ to\ each\ region", 1)),
    "sum_regions": FormulaFunction(windows.sum_regions, word(r"sum\ of\ each\ region", 1)),
    "region_sizes": FormulaFunction(windows.region_sizes, word(r"size\ of\ each\ region", 0), plain=True),
    "group_sums": FormulaFunction(placing.group_sums, word(r"sum\ of\ the\ group", 1)),
    "for_groups": FormulaFunction(placing.for_groups, lambda shown: shown[0]),
    "unpadded": FormulaFunction(resizing.unpadded, word(r"without\ the\ padding", 1)),
    "reflected": FormulaFunction(resizing.reflected, word("reflected", 1)),
    "add_reflected": FormulaFunction(resizing.add_reflected, word(r"add\ what\ was\ reflected", 1)),
    "replicated": FormulaFunction(resizing.replicated, word("replicated", 1)),
    "add_replicated": FormulaFunction(resizing.add_replicated, word(r"add\ what\ was\ replicated", 1)),
    "nearest": FormulaFunction(resizing.nearest, word("nearest", 1, below=1)),
    "add_nearest": FormulaFunction(resizing.add_nearest, word(r"add\ to\ the\ nearest", 1, below=1)),
    "interpolated": FormulaFunction(
        resizing.interpolated, word("interpolate", 1, below=1), rounds=resizing.between
    ),
    "add_interpolated": FormulaFunction(
        resizing.add_interpolated, word(r"interpolate^{\top}", 1, below=1), rounds=resizing.between
    ),
    "shuffled": FormulaFunction(resizing.shuffled, word(r"channels\ to\ pixels", 1)),
    "unshuffled": FormulaFunction(resizing.unshuffled, word(r"pixels\ to\ channels", 1)),
    "regrouped": FormulaFunction(resizing.regrouped, word("regroup", 1, below=1)),
}
