"""The update rules compute what torch.optim computes: every state entry and every new value, for every option."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import combinations

import pytest
import torch

import viz
from tests.explaining.optimizer_steps import NAMES, source_of
from viz.catalog import ALL_OPTIMIZERS
from viz.explaining.optimizer_rules import RULES
from viz.explaining.rule_application import computed_lines
from viz.explaining.rule_lines import UpdateRule
from viz.frames.events import Stepped, Update

#: A value other than the default for each argument, by optimizer and name, or by name alone.
OTHERS = {
    "momentum": "0.9",
    "dampening": "0.3",
    "weight_decay": "0.1",
    "nesterov": "True",
    "maximize": "True",
    "amsgrad": "True",
    "centered": "True",
    "decoupled_weight_decay": "True",
    "betas": "(0.7, 0.8)",
    "eps": "0.1",
    "momentum_decay": "0.5",
    "alpha": "0.6",
    "etas": "(0.3, 1.5)",
    "step_sizes": "(0.05, 0.4)",
    "lr_decay": "0.2",
    "initial_accumulator_value": "0.5",
    "rho": "0.6",
    "lambd": "0.2",
    "t0": "2.0",
    "beta2_decay": "-0.4",
    "d": "1.5",
    "Adafactor eps": "(0.5, 0.8)",
    "lr": "0.3",
    "Muon nesterov": "False",
    "Muon eps": "2.0",
    "ns_steps": "3",
    "ns_coefficients": "(3.0, -4.0, 2.0)",
    "adjust_lr_fn": '"match_rms_adamw"',
}


def arguments_of(name: str) -> Iterator[str]:
    """The arguments as a program writes them, with none, one, two and all of them not at their defaults."""
    entry = next(entry for entry in ALL_OPTIMIZERS if entry.name == name)
    others = [
        f", {one}={OTHERS.get(f'{name} {one}') or OTHERS[one]}"
        for one in (*(argument.name for argument in entry.arguments), *entry.others)
        if one != "lr"
    ]
    chosen = [(), *combinations(others, 1), *combinations(others, 2), tuple(others)]
    yield from dict.fromkeys(f", lr={OTHERS['lr']}{''.join(one)}" for one in chosen)


@cache
def steps_of(name: str) -> list[tuple[str, Stepped]]:
    """The steps of every combination that torch accepts, in float64."""
    steps = []
    for arguments in arguments_of(name):
        tape = viz.run(source_of(name, arguments, ", dtype=torch.float64"))
        if "nesterov" in arguments and tape.error is not None:
            assert tape.error.message.startswith("Nesterov momentum requires"), tape.error.message
            continue
        assert tape.error is None, (arguments, tape.error)
        steps += [(arguments, frame.event) for frame in tape if isinstance(frame.event, Stepped)]
    return steps


def differences(rule: UpdateRule, step: Stepped, update: Update) -> list[str]:
    """The names of the results in which the rule differs from torch."""
    made = {one.line.name: one.value for one in computed_lines(rule, step, update)}
    expected = {**update.state_after, "param": update.after}
    assert expected.keys() <= made.keys() | update.state_before.keys(), "the rule leaves out a part of the state"
    return [
        name
        for name, value in expected.items()
        if name not in made
        or not torch.allclose(
            made[name].broadcast_to(torch.tensor(value).shape),
            torch.tensor(value, dtype=torch.float64),
            rtol=1e-10,
            atol=1e-13,
            equal_nan=True,
        )
    ]


@pytest.mark.parametrize("name", NAMES)
def test_each_rule_has_torchs_state_and_value_at_every_step_for_every_combination_of_options(name: str) -> None:
    steps = steps_of(name)
    assert len(steps) >= 7 * 8, "too few combinations to say anything"
    for arguments, step in steps:
        for update in step.updates:
            assert differences(RULES[name], step, update) == [], (arguments, update)


def test_every_optimizer_that_the_language_offers_has_a_rule() -> None:
    assert set(RULES) == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_wrong_line_of_a_rule_is_found(name: str) -> None:
    rule = RULES[name]
    for place, line in enumerate(rule.lines):
        wrong = replace(line, formula=f"({line.formula}) * 1.01 + 0.001")
        planted = replace(rule, lines=(*rule.lines[:place], wrong, *rule.lines[place + 1 :]))
        assert any(differences(planted, step, update) for _, step in steps_of(name) for update in step.updates), (
            f"no step of {name} needs the line {line.name} = {line.formula}"
        )


@pytest.mark.parametrize("name", NAMES)
def test_the_initial_state_of_a_rule_is_torchs(name: str) -> None:
    """A first step is explained although nothing was recorded before it, so the initial state must be right."""
    wrong = {key: (0.5 if isinstance(value, str) else value + 0.5) for key, value in RULES[name].initial.items()}
    # Adafactor's means start at the first square, and ASGD's average starts at the parameter itself.
    for unused in {"Adafactor": ("row_var", "col_var", "variance"), "ASGD": ("ax",)}.get(name, ()):
        del wrong[unused]
    updates = [(step, update) for _, step in steps_of(name) for update in step.updates]
    for key, value in wrong.items():
        planted = replace(RULES[name], initial={**RULES[name].initial, key: value})
        # Adagrad makes its state before the first step, so the state is always recorded.
        recorded = all(key in update.state_before for _, update in updates)
        assert recorded or any(differences(planted, step, update) for step, update in updates), key
