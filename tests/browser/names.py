"""The accessibility tree as a screen reader has it: every control with its name, and the region that it is in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Page

from tests.browser.stage import READY

#: Milliseconds after a step; names, sentences and charts are updated once the cursor rests.
AT_REST = 300
#: The roles of controls: elements that a person can press, fill in or choose from.
CONTROLS = {
    "button",
    "checkbox",
    "combobox",
    "DisclosureTriangle",
    "link",
    "radio",
    "searchbox",
    "slider",
    "spinbutton",
    "switch",
    "tab",
    "textbox",
    "ToggleButton",
}
_REGIONS = {"banner", "figure", "form", "grid", "group", "main", "region", "table", "toolbar"}


@dataclass(frozen=True, slots=True)
class Control:
    """A control: the names of the regions around it, from outside in, its role and its name."""

    regions: tuple[str, ...]
    role: str
    name: str


def controls(page: Page) -> list[Control]:
    """Every control of the page, in the order in which it is read out."""
    page.wait_for_timeout(AT_REST)
    page.wait_for_function(
        "ready => [...document.querySelectorAll(`${ready} .viz-node`)].every(one => one.ariaLabel)", arg=READY
    )
    session = page.context.new_cdp_session(page)
    nodes: list[dict[str, Any]] = session.send("Accessibility.getFullAXTree")["nodes"]
    session.detach()
    return list(_controls(nodes))


def _controls(nodes: list[dict[str, Any]]) -> list[Control]:
    known = {node["nodeId"]: node for node in nodes}
    found: list[Control] = []
    waiting: list[tuple[str, tuple[str, ...]]] = [(nodes[0]["nodeId"], ())]
    while waiting:
        number, regions = waiting.pop()
        node = known.get(number)
        if node is None:
            continue
        role, name = (node.get(part, {}).get("value", "") for part in ("role", "name"))
        if not node["ignored"]:
            if role in CONTROLS:
                found.append(Control(regions, role, name.strip()))
            elif role in _REGIONS and name:
                regions = (*regions, name)
        waiting.extend((child, regions) for child in reversed(node["childIds"]))
    return found
