"""The forms of the page's sentences, each with the claim that the plain run has to confirm."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tests.audit import claims
from tests.audit.changed import PATH
from tests.audit.printed import NAME, VALUE


@dataclass(frozen=True, slots=True)
class Form:
    """A form of sentence; with `tells_all` it need not name what the statement changed."""

    pattern: re.Pattern[str]
    check: claims.Check
    tells_all: bool = False


def _form(pattern: str, check: claims.Check, tells_all: bool = False) -> Form:
    named = (
        pattern.replace("VALUE", VALUE).replace("NAME", NAME).replace("SIGN", ", except for the sign of a zero")
    )
    return Form(re.compile(named, re.DOTALL), check, tells_all)


_SHAPE = r"(?P<shape>, shape \[[\d, ]*\])?(?P<dtype>, \w+)?"
_SHARES = r"(?:; it shares its memory with .+?)?"
#: Every sentence of the page; the first form that matches applies.
FORMS: Sequence[Form] = (
    _form(
        rf"(?P<name>NAME) is a leaf, (?P<value>VALUE){_SHAPE}, that requires a gradient; "
        r"(?P=name)\.grad is (?P<grad>VALUE)\.",
        claims.leaf,
    ),
    _form(
        r"(?P<name>NAME) is (?P<value>VALUE)\. PyTorch built (?P<functions>[\w, ]+) for it"
        r"(?: and saved .+? for backward)?\.(?= |\Z)",
        claims.built,
    ),
    _form(
        r"(?P<name>NAME) is (?P<value>VALUE)\. PyTorch built \d+ Nodes for it, the last of them (?P<functions>\w+)"
        r"(?:, and saved .+? for backward)?\.(?= |\Z)",
        claims.built,
    ),
    _form(r"(?P<name>NAME) is (?P<value>VALUE); (?P<functions>\w+) is its grad_fn\.(?= |\Z)", claims.built),
    _form(
        r"PyTorch built [\w, ]+ for NAME(?:, the last of them \w+)?(?:,? and saved .+? for backward)?\.(?= |\Z)",
        claims.nothing_more,
    ),
    _form(r"(?:The line|It also) stored something in .+?\.(?= |\Z)", claims.nothing_more),
    _form(r"(?P<places>[\w., ]+) (?:was|were) set\.\Z", claims.stored, True),
    _form(r"The line changed nothing that a name holds\.\Z", claims.nothing, True),
    _form(r".+? changed nothing: NAME was there already\.\Z", claims.nothing, True),
    _form(
        rf"(?P<name>{PATH}) was written in place and stays (?P<value>.+?)(?P<sign>SIGN)?\.(?= {PATH} |\Z)",
        claims.keeps,
        True,
    ),
    _form(rf"(?P<name>{PATH}) was (?P<value>VALUE) already(?P<sign>SIGN)?\.(?= |\Z)", claims.keeps, True),
    _form(
        rf"(?:The line|It also) (?:changed|set) (?P<parts>.+?)\.(?= PyTorch built | {PATH} is in |\Z)",
        claims.changed,
    ),
    _form(
        rf"(?P<name>NAME) is (?:a tensor, )?(?P<value>VALUE){_SHAPE}; it requires no gradient{_SHARES}\.(?= |\Z)",
        claims.free,
    ),
    _form(rf"(?P<name>NAME) is a NumPy array, (?P<value>VALUE){_SHAPE}{_SHARES}\.(?= |\Z)", claims.free),
    _form(r"(?P<name>NAME) is a leaf, so backward stores (?P=name)\.grad anyway\.", claims.retained),
    _form(
        r"(?P<name>NAME|the tensor|\(.+?\)) is not a leaf; from here on, backward stores .+?\.grad too\.",
        claims.retained,
    ),
    _form(
        r"(?P<name>NAME) is in (?P<mode>training|evaluation) mode from here on\. In this mode, Dropout .+?\.",
        claims.mode,
    ),
    _form(
        r"NAME is \w+: step\(\) will update its parameters from their \.grad; nothing has changed yet\.",
        claims.no_tensor_changed,
    ),
    _form(r"NAME is .+?: step\(\) will set the optimizer's lr\.", claims.nothing_more),
    _form(r"NAME is .+?: it compares a prediction with a target\.", claims.only_bound),
    _form(r".+ was computed, but its result was not kept\.\Z", claims.nothing, True),
    _form(
        r".+ (?P<verb>does not hold), so (?:the loop ends|this block is skipped)\.(?= It also |\Z)",
        claims.decided,
        True,
    ),
    _form(r".+ (?P<verb>holds), so (?:the loop goes on|this block runs)\.(?= It also |\Z)", claims.decided, True),
    _form(r"Pass (?P<number>\d+) of the loop begins\.", claims.passed),
    _form(r".+ has no more entries, so the loop ends after (?:1 pass|(?!1 )\d+ passes)\.\Z", claims.nothing),
    _form(
        r"(?:break leaves the loop|continue skips the rest of this pass|pass does nothing)\.\Z",
        claims.nothing,
    ),
    _form(r"In this block, PyTorch builds (?:no|the) graph: .+\.\Z", claims.entered),
    _form(r"\w+ returns .+?(?:, which is (?P<value>VALUE))?\.\Z", claims.returned, True),
    _form(
        r"It printed (?P<text>.*?)(?:\.|(?<=[!?:…]))(?= It also changed | It also set |\Z)", claims.printed, True
    ),
    _form(
        r"From here on, backward calls a hook with (?:the gradient of .+|a gradient), and goes on with what it "
        r"returns, if anything\.\Z",
        claims.nothing,
    ),
    _form(r"This block begins: .+\.\Z", claims.nothing, True),
    _form(r"From here on, random numbers come from seed .+\.\Z", claims.nothing, True),
    _form(r"From here on, (?:tensors|arrays) are printed with .+\.\Z", claims.nothing, True),
    _form(
        r"(?P<names>[\w, ]+?)(?: and (?P<last>\w+))? (?:is|are) gone from here on\.(?= It also |\Z)", claims.gone
    ),
    _form(r".+ holds\.\Z", claims.nothing, True),
    _form(r"except.*? handles (?P<kind>\w+)(?:: (?P<message>.*?))?(?:\.|(?<=[!?:…]))\Z", claims.handled, True),
    _form(r".+ let the parent class set up the object\.\Z", claims.nothing_more, True),
    _form(r"Nothing is drawn here: the page has charts of its own\.(?= It also |\Z)", claims.nothing_more),
    _form(r".+: this line (?:changes|does) nothing\.(?= It also |\Z)", claims.nothing_more),
    _form(r"The page stops wherever you like, so this line does nothing: .+\.\Z", claims.nothing, True),
    _form(r"`.+?` is not part of this language, so this line is skipped: .+\.\Z", claims.nothing, True),
    _form(r".*?found no parameter\.\Z", claims.nothing, True),
    _form(
        r"zero_grad\(\) had nothing to clear: "
        r"(?P<parts>.+) (?:was|were) (?P<state>None|cleared) already\.",
        claims.clear_already,
    ),
    _form(r"zero_grad\(\) set (?P<parts>.+?)\.(?= It also |\Z)", claims.cleared),
    _form(
        r"(?:NAME\.)?backward\(\) added (?P<parts>.+?)\."
        r"(?: These \.grad tensors share memory: each also holds what was added to the others\.)?(?= It also |\Z)",
        claims.added,
    ),
    _form(r"backward\(\) visited \d+ Nodes and reached no leaf\.\Z", claims.no_grads, True),
    _form(
        r"torch\.autograd\.grad returned the gradient of (?:NAME|the result): "
        r"(?P<parts>.+); no \.grad changed\.\Z",
        claims.given_back,
        True,
    ),
    _form(r"\w+ changed nothing: every \.grad is None\.\Z", claims.nothing, True),
    _form(
        r"\w+ moved (?P<parts>.+?)(?: with lr (?P<rate>[\d.e+-]+))?"
        r"(?:, and left (?P<left>.+?) as (?:it was|they were))?\.(?= It also |\Z)",
        claims.moved,
    ),
    _form(r"\w+ left lr at (?P<parts>.+)\.\Z", claims.left_rate, True),
    _form(r"\w+(?: with lr (?P<rate>[\d.e+-]+))? left (?P<parts>.+?)\.(?= It also |\Z)", claims.left),
    _form(
        r"\w+ changed lr (?P<parts>.+?)(?: for the following steps|; (?P<kind>Rprop|ASGD|Adafactor) .+)\.",
        claims.scheduled,
        True,
    ),
    _form(r".+ can be called from here on\.", claims.only_bound, True),
    _form(r".+? can be used from here on\.", claims.only_bound, True),
    _form(r"(?P<name>NAME) is (?P<value>VALUE)\.(?= |\Z)", claims.plain),
    _form(r"(?P<name>NAME) is (?P<value>.+?)\.(?= \w+ is |\Z)", claims.plain),
)
