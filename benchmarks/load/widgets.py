"""The states of the widgets that Streamlit drew, as a browser sends them for the page's next run."""

from __future__ import annotations

from streamlit.proto.Element_pb2 import Element
from streamlit.proto.NumberInput_pb2 import NumberInput
from streamlit.proto.WidgetStates_pb2 import WidgetState


def state_of(element: Element, known: dict[str, WidgetState]) -> WidgetState | None:
    """The state of a widget that was just drawn; None if the browser sends no state for the element.

    `known` maps the widgets' ids to their previous states: typed content stays, unless the server sets another
    value.
    """
    kind = element.WhichOneof("type")
    if kind not in {"selectbox", "number_input", "slider"}:
        return None
    widget = getattr(element, kind)
    present = known.get(widget.id)
    if present is not None and not widget.set_value:
        return present
    state = WidgetState(id=widget.id)
    if kind == "number_input":
        value = widget.value if widget.set_value else widget.default
        if widget.data_type == NumberInput.FLOAT:
            state.double_value = value
        else:
            state.int_value = int(value)
    elif kind == "slider":
        given = list(widget.raw_value if widget.set_value else (widget.options[int(at)] for at in widget.default))
        state.string_array_value.data[:] = given
    elif widget.set_value and widget.raw_value:
        state.string_value = widget.raw_value
    return state
