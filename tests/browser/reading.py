"""Reads from the page, all at once, what the stage shows at a moment."""

from __future__ import annotations

from dataclasses import dataclass

from playwright.sync_api import Frame, Page

from tests.browser.stage import READY

_READ = """stage => {
    const all = (selector, root = stage) => [...root.querySelectorAll(selector)];
    const text = (selector, root) => root.querySelector(selector)?.textContent ?? "";
    const heads = all(".viz-ledger thead th:not(.viz-sign)").slice(1).map((head) => head.textContent);
    const cells = (row) => all("td.viz-number-cell", row).map((cell, at) => [heads[at], cell.textContent]);
    const current = all("[aria-current=step]");
    return {
        iteration: Number(stage.dataset.iteration),
        statement: Number(stage.dataset.statement),
        sentence: text(".viz-sentence", stage),
        warning: stage.querySelector(".viz-warning").hidden ? "" : text(".viz-warning", stage),
        where: text(".viz-where", stage),
        line: current.length === 1 ? Number(current[0].dataset.line) : null,
        boxes: all(".viz-node").map((box) => ({
            title: text(".viz-title", box),
            kind: text(".viz-subtitle", box),
            value: text(".viz-number.value", box),
            grad: text(".viz-number.gradient", box),
            seen: text(".value .viz-largest", box) || text(".viz-number.value", box),
            state: box.dataset.state ?? "",
        })),
        ledger: Object.fromEntries(all(".viz-ledger tbody tr").map((row) => {
            return [text("th", row), Object.fromEntries(cells(row))];
        })),
        beside: all(".viz-line-row").map((row) => [Number(row.dataset.line), text(".viz-beside", row)]),
        slots: all("[data-slot]").map((slot) => [slot.dataset.slot, slot.textContent]),
        marks: all("[data-mark]").map((mark) => [mark.dataset.mark, mark.dataset.state ?? ""]),
    };
}"""


@dataclass(frozen=True, slots=True)
class Box:
    """A box of the graph: its texts, and the words for its looks (`"waiting"`, `"built done"`).

    `seen` is the value's text in sight: below a picture, the number of largest size.
    """

    title: str
    kind: str
    value: str
    grad: str
    state: str
    seen: str


@dataclass(frozen=True, slots=True)
class Shown:
    """The stage at a moment. `ledger` maps a parameter to its cells by column, `beside` a line to its values."""

    iteration: int
    statement: int
    sentence: str
    warning: str
    where: str
    line: int | None
    boxes: dict[str, Box]
    ledger: dict[str, dict[str, str]]
    beside: dict[int, str]
    slots: list[tuple[str, str]]
    marks: list[tuple[str, str]]

    @property
    def moment(self) -> tuple[int, int]:
        """Iteration and statement."""
        return self.iteration, self.statement


def read(page: Page | Frame) -> Shown:
    """Everything that the stage shows now."""
    found = page.locator(READY).evaluate(_READ)
    found["boxes"] = {box["title"]: Box(**box) for box in found["boxes"]}
    found["beside"] = dict(found["beside"])
    for pairs in ("slots", "marks"):
        found[pairs] = [(name, text) for name, text in found[pairs]]
    return Shown(**found)
