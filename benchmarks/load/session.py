"""A browser with the page open, as the server sees it: it sends the messages of Streamlit's page and of the stage.

It was compared with a browser's own traffic: the messages over the WebSocket are the same, field by field, and so
are the requests of the stage. The files of the page are left out: a browser has them from its first visit.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlencode

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from benchmarks.load.held import Held, Place
from benchmarks.load.http import Http
from benchmarks.load.pace import Pace
from benchmarks.load.widgets import state_of

#: As in viz/stage/playback/playhead.js: the iterations in a request that the visitor does not wait for, and the
#: seconds of rest before such a request, also for a busy server.
SLICE, REST, QUIET = 25, 0.2, 2.0
#: The most seconds between two attempts: viz/stage/playback/tape-loader.js.
_LONGEST_PAUSE = 4.0
#: Messages that a browser keeps for the server to refer to.
_KEPT = 3
#: Seconds after which a learner gives up waiting.
PATIENCE = 30.0


class Session:
    """A page on a server at `url`, opened with `query`: a link to a moment, or nothing."""

    def __init__(self, url: str, query: str = "") -> None:
        self.tape: Held | None = None
        self.place: Place = (0, 0)
        self.selected: int | None = None
        #: The errors, one sentence each.
        self.errors: list[str] = []
        #: How often the server said that this session had used its share.
        self.refused = 0
        self.rates: tuple[str, ...] = ()
        self._http = Http(url)
        self._link = query
        self._socket: ClientConnection | None = None
        self._widgets: dict[str, WidgetState] = {}
        self._drawn: dict[str, WidgetState] = {}
        self._script = self._stage = ""
        self._cached: dict[str, ForwardMsg] = {}
        self._incoming: Held | None = None
        self._pace = Pace()
        self._explained: set[tuple[str, int, int, int]] = set()
        self._wanted: Place | None = None
        self._changed = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._feed: asyncio.Task[None] | None = None
        self._resting: asyncio.TimerHandle | None = None
        self._pressing = False

    async def open(self) -> None:
        """Open the page, and wait for the first graph. Raises OSError or TimeoutError if there is none."""
        for target in ("/", "/_stcore/health", "/_stcore/host-config"):
            await self._get(target)
        self._socket = await connect(
            self._http.url.replace("http", "ws", 1) + "/_stcore/stream",
            subprotocols=[Subprotocol("streamlit")],
            additional_headers={"Cookie": self._http.cookie} if self._http.cookies else None,
            compression=None,
            max_size=None,
            ping_interval=None,
            open_timeout=PATIENCE,
        )
        cursor = parse_qs(self._link).get("at", ["0.0"])[0].split(".")
        self.place = int(cursor[0]), int(cursor[1])
        self._tasks.append(asyncio.create_task(self._read(self._socket)))
        await self._run()
        await self._until(lambda: self.tape is not None and self._wanted is None)

    async def close(self) -> None:
        """Close the page."""
        for task in [*self._tasks, self._feed, self._resting]:
            if task is not None:
                task.cancel()
        self._http.close()
        if self._socket is not None:
            await self._socket.close()

    async def move_rate(self, rate: str) -> None:
        """Move the slider of the learning rate to one of `rates`, and wait for the program with it."""
        before = self.tape
        self._widget("-lr.slider").string_array_value.data[:] = [rate]
        await self._run()
        await self._until(lambda: self.tape is not before and self._wanted is None)

    async def fetched(self) -> None:
        """Wait until nothing is being fetched."""
        await self._until(lambda: self._feed is None and self._incoming is None)

    @property
    def rate(self) -> str:
        """The learning rate that the slider shows."""
        return str(self._widget("-lr.slider").string_array_value.data[0])

    async def follow(self, query: str) -> None:
        """Go to another link by the browser's history, and wait for its program."""
        before, self._link = self.tape, query
        state = WidgetState(id=self._stage, json_value=json.dumps({"went": time.time()}))
        await self._run(query, state)
        await self._until(lambda: self.tape is not before)

    async def step(self) -> None:
        """Go to the next statement, or from the end to the start. Raises TimeoutError if the step is lost."""
        assert self.tape is not None, "the page is not open"
        self._go(self.tape.following(self.place) or self.tape.start)
        await self._until(lambda: self._wanted is None)

    @property
    def explained(self) -> bool:
        """Whether there is nothing to ask about: no node is selected, or the answer came with an earlier one."""
        name = self.tape.name if self.tape else ""
        return self.selected is None or (name, *self.place, self.selected) in self._explained

    async def explain(self) -> None:
        """Ask about the selected node at this moment, as the inspector does."""
        if self.tape is None or self.selected is None:
            return
        name, (iteration, statement), node = self.tape.name, self.place, self.selected
        asked = {"iteration": max(iteration, 0), "statement": -1 if iteration < 0 else statement}
        query = urlencode({**asked, "node": node, "part": "all"})
        answer = await self._get(f"/viz/node/{name}?{query}")
        if answer is None or b'"sections"' not in answer:
            self.errors.append("no explanation arrived")
            return
        later = map(int, json.loads(answer)["later"])
        self._explained |= {(name, iteration, one, node) for one in (statement, *later)}

    # What Streamlit's page does.

    def _widget(self, end: str) -> WidgetState:
        return next(state for name, state in self._widgets.items() if name.endswith(end))

    def _address(self) -> str:
        """The query of the address, which follows the stage."""
        if self.tape is None:
            return self._link
        said = {"p": self.tape.link, "at": f"{self.place[0]}.{self.place[1]}"}
        return urlencode(said if self.selected is None else said | {"node": str(self.selected)})

    async def _run(self, query: str | None = None, *states: WidgetState) -> None:
        """Run the page's script with the current widgets; `states` are the states of further ones."""
        assert self._socket is not None
        message = BackMsg()
        run = message.rerun_script
        run.query_string = self._address() if query is None else query
        run.widget_states.widgets.extend([*self._widgets.values(), *states])
        run.page_script_hash = self._script
        run.cached_message_hashes.extend(self._cached)
        told = run.context_info
        told.timezone, told.timezone_offset, told.locale, told.color_scheme = "UTC", 0, "en-US", "light"
        told.url, told.is_embedded = f"{self._http.url}/?{self._address()}", False
        await self._socket.send(message.SerializeToString())

    async def _read(self, socket: ClientConnection) -> None:
        try:
            async for payload in socket:
                assert isinstance(payload, bytes)
                self._take_message(ForwardMsg.FromString(payload))
        except ConnectionClosed as closed:
            self.errors.append(f"the connection was closed: {closed}")

    def _take_message(self, message: ForwardMsg) -> None:
        kind = message.WhichOneof("type")
        if kind == "ref_hash":
            known = self._cached.get(message.ref_hash)
            if known is None:
                self.errors.append("the server referred to a message that it did not send")
                return
            message = known
            kind = message.WhichOneof("type")
        elif message.metadata.cacheable:
            self._cached[message.hash] = message
            for old in list(self._cached)[:-_KEPT]:
                del self._cached[old]
        if kind == "new_session":
            self._script = message.new_session.page_script_hash
            self._drawn = {}
        elif kind == "script_finished":
            self._finish(message)
        elif kind == "delta":
            self._draw(message)

    def _finish(self, message: ForwardMsg) -> None:
        if message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY:
            self._widgets = self._drawn
        elif message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
            self.errors.append("the page's script failed")

    def _draw(self, message: ForwardMsg) -> None:
        element = message.delta.new_element
        kind = element.WhichOneof("type")
        if kind == "exception":
            self.errors.append(f"an exception on the page: {element.exception.type}")
        elif kind == "bidi_component":
            self._stage = element.bidi_component.id
            self._receive(json.loads(element.bidi_component.bytes))
        state = state_of(element, self._widgets)
        if state is not None:
            self._drawn[state.id] = self._widgets[state.id] = state
        if kind == "slider" and element.slider.id.endswith("-lr.slider"):
            self.rates = tuple(element.slider.options)

    # What the stage does: see viz/stage/playback/playhead.js.

    def _receive(self, chunk: dict[str, Any]) -> None:
        """Receive the first chunk of a tape; a new tape replaces the one on stage, at the same place."""
        if self.tape is not None and chunk["tape"] == self.tape.name:
            return
        if self._feed is not None:
            self._feed.cancel()
            self._feed = None
        self._incoming = Held(chunk["tape"])
        self._take(self._incoming, chunk)

    def _take(self, tape: Held, chunk: dict[str, Any]) -> None:
        tape.add(chunk)
        if tape is self._incoming:
            aim = self._wanted or self.place
            missing = not tape.holds(aim) and aim[0] >= tape.have and not tape.complete
            if missing and self.tape is not None:
                return self._ask(tape, aim[0] + 1)
            self.tape, self._incoming = tape, None
            self._wanted = tape.nearest(aim)
        self._settle()
        return None

    def _go(self, place: Place) -> None:
        self._wanted = place
        self._settle()

    def _settle(self) -> None:
        """Bring the cursor to the wanted place if the tape has it, and keep enough of the tape ahead."""
        tape = self.tape
        assert tape is not None
        if self._wanted is not None:
            place = tape.nearest(self._wanted)
            if tape.holds(place):
                self.place, self._wanted = place, None
                self._pace.at(place[0])
        if self._resting is not None:
            self._resting.cancel()
        target = (self._wanted or self.place)[0]
        if self._wanted is not None or not tape.brief or tape.end(target) < target + self._pace.few:
            self._ask_ahead()
        else:
            self._resting = asyncio.get_running_loop().call_later(QUIET, self._ask_ahead)
        self._changed.set()

    def _ask_ahead(self) -> None:
        """Request what should be ahead of the cursor, and then what is missing of the path."""
        tape = self.tape
        assert tape is not None
        target, ahead = (self._wanted or self.place)[0], self._pace.ahead
        if not tape.complete and tape.have < target + ahead:
            self._ask(tape, target + 2 * ahead)
        elif not tape.complete and tape.drawn < tape.path:
            self._ask(tape, tape.have, path=True)

    def _ask(self, tape: Held, upto: int, *, path: bool = False) -> None:
        """Fetch more of a tape, or of its `path` alone: one request at a time; an urgent one replaces another."""
        urgent = self._wanted is not None or tape is self._incoming
        if self._feed is not None:
            if self._pressing or not urgent:
                return
            self._feed.cancel()
        self._pressing = urgent
        limit = min(upto, upto if tape.total is None else tape.total, upto if urgent else tape.have + SLICE)
        asked = {"from": tape.have, "to": limit, "drawn": tape.drawn}
        asked |= {"alone": tape.alone.start, "till": tape.alone.stop} if tape.alone else {}
        query = urlencode(asked | ({"urgent": 1} if urgent else {}) | ({"path": 1} if path else {}))
        self._feed = asyncio.create_task(
            self._fetch(tape, f"/viz/tape/{tape.name}?{query}", 0 if urgent else REST)
        )

    async def _fetch(self, tape: Held, target: str, pause: float) -> None:
        """Try until there is an answer."""
        while True:
            await asyncio.sleep(pause)
            answer = await self._get(target)
            if answer is not None:
                self._feed = None
                return self._take(tape, json.loads(answer))
            pause = min(2 * pause + 0.2, _LONGEST_PAUSE)

    async def _get(self, target: str) -> bytes | None:
        """The answer to a request; None if there is no usable one, which is noted as an error of this session."""
        try:
            status, body = await self._http.get(target)
        except (OSError, asyncio.IncompleteReadError) as error:
            self.errors.append(f"no answer to {_kind(target)}: {type(error).__name__}")
            return None
        if status == 429:
            self.refused += 1
            return None
        if status != 200:
            self.errors.append(f"{_kind(target)} answered {status}")
            return None
        return body

    async def _until(self, reached: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not reached():
                self._changed.clear()
                await self._changed.wait()


def _kind(target: str) -> str:
    """The kind of an address, without the part that names a program."""
    return "/".join(target.partition("?")[0].split("/")[:3])
