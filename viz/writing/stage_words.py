"""The sentences that the stage completes with numbers of the moment that it shows, as templates.

A slot here is not a name of `viz/slots.py`, but of a quantity. The stage's module for the sentence computes it.
"""

from __future__ import annotations

from viz.writing.template import Slot, template

_NAME, _NAMES, _FIRST, _COUNT = Slot("name"), Slot("names"), Slot("first"), Slot("count")

#: A name is added to those before it.
_LIST = {"further": template(_NAMES, ", ", _NAME), "last": template(_NAMES, " and ", _NAME)}

#: What a chart shows at a moment, for screen readers, and what it cannot draw: viz/stage/views/charts.
_CHART = {
    "began": template(_NAME, " is ", _FIRST, " in iteration 0."),
    "history": template(
        *(_NAME, " is ", _FIRST, " in iteration 0, "),
        *(Slot("last"), " in iteration ", Slot("reached"), "."),
    ),
    "mark": template("In iteration ", Slot("iteration"), ", at the cursor, ", _NAME, " is ", Slot("now"), "."),
    "snapshot": template(
        *("The line of ", _NAME, " goes from ", Slot("left"), " at ", Slot("left at")),
        *(" to ", Slot("right"), " at ", Slot("right at"), "."),
    ),
    "points": template(_COUNT, " points from ", Slot("least"), " to ", Slot("largest"), "."),
    "point": template("One point, at ", Slot("least"), "."),
    "no point": template("No point is finite."),
    "path": template(
        *("The path of (", Slot("x"), ", ", Slot("y"), ") begins at (", Slot("x first"), ", ", Slot("y first")),
        *(") and is at (", Slot("x now"), ", ", Slot("y now"), ")."),
    ),
    "step": template("This iteration goes on to (", Slot("x next"), ", ", Slot("y next"), ")."),
    "whole path": template(
        *("The path of (", Slot("x"), ", ", Slot("y"), ") begins at (", Slot("x first"), ", ", Slot("y first")),
        *(") and reaches (", Slot("x now"), ", ", Slot("y now"), ") in iteration ", Slot("reached"), "."),
    ),
    "last step": template("That iteration goes on to (", Slot("x next"), ", ", Slot("y next"), ")."),
    "unknown": template("not drawn"),
    "lost": template("NaN or infinite here: ", _NAMES, "."),
    "lost part": template(Slot("lost"), " of ", _COUNT, " numbers of ", _NAME),
    "below": template(_NAME, " is ≤ 0 in ", Slot("below"), " of ", _COUNT, " iterations: no logarithm."),
    "all below": template(_NAME, " is ≤ 0 in all iterations: no logarithm."),
}

#: How the graph of a part of the run relates to that of the part before, and why there is none yet:
#: viz/stage/views/previous-graph.js.
_GRAPHS = {
    "another": template(
        *("This graph differs from the one ", Slot("where"), ": "),
        *(Slot("here"), " here, ", Slot("there"), " there."),
    ),
    "earlier": template(
        "No line after the loop builds a graph: this is the one built ", Slot("where"), ", as it was then."
    ),
    "before the loop": template("before the loop"),
    "in iteration": template("in iteration ", Slot("iteration")),
    "operation": template("1 operation"),
    "operations": template(_COUNT, " operations"),
    "none": template("No operation on a tensor that needs a gradient yet: there is no graph."),
}

#: What a word of a box's mark says of the box, see `DrawingState`; a word that is missing here says nothing.
_STATES = {"waiting": "not built yet", "now": "at work now", "done": "backward went through"}

#: A sentence on a step inside a statement, with the step's number.
_STEP = template(Slot("sentence"), " (", Slot("step"), " of ", Slot("steps"), ").")

#: The name of one of several boxes that show the same.
_EQUAL = template(_NAME, ", ", Slot("number"), " of ", _COUNT)

#: A run is too long for all of its iterations to be kept.
_LET_GO = template(
    *("The recording has let iteration ", Slot("iteration"), " go. It keeps the first iterations and those that "),
    "were looked at last, as many as it has room for.",
)

#: What is said in place of what is printed, or above it.
_PRINTED = {
    "nothing yet": template("Nothing is printed yet."),
    "missing": template("What was printed before iteration ", Slot("iteration"), " is not here."),
}

#: A picture of a tensor in words.
_TENSOR = {
    "finite": template("shape [", Slot("shape"), "], from ", Slot("least"), " to ", Slot("largest")),
    "no number": template("shape [", Slot("shape"), "], no finite number"),
    "zeros": template(", ", _COUNT, " zero"),
    "nans": template(", ", _COUNT, " NaN"),
    "infs": template(", ", _COUNT, " infinite"),
}

#: In place of a run without a frame.
_NOTHING = "This program has no statement to run."

STAGE_WORDS = {
    "list": _LIST,
    "chart": _CHART,
    "graphs": _GRAPHS,
    "states": _STATES,
    "step": _STEP,
    "equal": _EQUAL,
    "let go": _LET_GO,
    "printed": _PRINTED,
    "tensor": _TENSOR,
    "nothing": _NOTHING,
}
