"""Only the browser with the token sees the page on one's own file, and only the file runs."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.exceptions import InvalidStatus

from tests.browser.talk import Headers, Session, ask
from tests.own_file.served import Served, served
from viz import linking

FILE = """\
import torch

torch.manual_seed(0)
weight = torch.zeros(2, requires_grad=True)
optimizer = torch.optim.SGD([weight], lr=0.1)
loss_fn = torch.nn.MSELoss(reduction="mean")
for step in range(3):
    optimizer.zero_grad()
    loss = loss_fn(weight, torch.ones(2))
    loss.backward()
    optimizer.step()
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("own")


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[Served]:
    (folder / "train.py").write_text(FILE, encoding="utf-8")
    with served("train.py", folder=folder) as one:
        yield one


@pytest.fixture(scope="module")
def cookie(server: Served) -> Headers:
    return server.cookie()


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/?token=",
        "/?token=wrong",
        "/?p=&token=x",
        "/_stcore/health",
        "/_stcore/host-config",
        "/_stcore/metrics",
        "/_stcore/agent/openapi.json",
        "/static/index.html",
        "/viz/tape/x?from=0&to=1",
        "/viz/node/x",
        "/viz/take/x/program",
        "/media/x",
        "/component/x",
        "//",
    ],
)
def test_without_the_token_nothing_is_answered(server: Served, path: str) -> None:
    status, headers, body = ask(server.url, path)
    assert status == 403
    assert b"terminal" in body
    assert "set-cookie" not in headers


def test_the_token_counts_on_the_page_only_and_in_no_other_cookie(server: Served, cookie: Headers) -> None:
    token = cookie["Cookie"].partition("=")[2]
    name = cookie["Cookie"].partition("=")[0]
    assert ask(server.url, f"/_stcore/health?token={token}")[0] == 403
    for wrong in (f"{name}={token[:-1]}", f"{name}={token}x", f"viz_token={token}", f"{name}="):
        assert ask(server.url, "/", headers={"Cookie": wrong})[0] == 403
    assert ask(server.url, "/", headers=cookie)[0] == 200


def test_the_first_address_leads_to_the_page_without_the_token_and_sets_the_cookie(server: Served) -> None:
    status, headers, _ = ask(server.url, server.address.removeprefix(server.url) + "&at=1.2")
    assert (status, headers["location"]) == (303, "/?at=1.2")
    said = {part.strip().lower() for part in headers["set-cookie"].split(";")[1:]}
    assert {"httponly", "samesite=strict", "path=/"} <= said
    assert not any(part.startswith(("max-age", "expires", "domain")) for part in said)


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:1", "", "127.1:{port}"]
)
def test_another_host_name_is_refused(server: Served, cookie: Headers, host: str) -> None:
    host = host.format(port=server.port)
    for path in ("/", server.address.removeprefix(server.url)):
        assert ask(server.url, path, headers=cookie | {"Host": host})[0] == 421
    with pytest.raises(InvalidStatus), Session(f"http://127.0.0.1:{server.port}", headers=cookie | {"Host": host}):
        pass


def test_localhost_is_this_host_too(server: Served, cookie: Headers) -> None:
    assert ask(server.url, "/", headers=cookie | {"Host": f"localhost:{server.port}"})[0] == 200


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "null",
        "http://127.0.0.1",
        "http://127.0.0.1:1",
        "https://127.0.0.1:{port}",
        "http://localhost:{port}",
    ],
)
def test_another_origin_is_refused(server: Served, cookie: Headers, origin: str) -> None:
    headers = cookie | {"Origin": origin.format(port=server.port)}
    assert ask(server.url, "/", headers=headers)[0] == 403
    with pytest.raises(InvalidStatus), Session(server.url, headers=headers):
        pass


def test_a_connection_needs_the_token(server: Served, cookie: Headers) -> None:
    for wrong in ({}, {"Cookie": f"viz_token_{server.port}=x"}, {"Origin": server.url}):
        with pytest.raises(InvalidStatus), Session(server.url, headers=wrong):
            pass
    with Session(server.url, headers=cookie | {"Origin": server.url}) as session:
        assert "weight" in "".join(map(code_of, session.run()))


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE", "PATCH", "OPTIONS"])
def test_nothing_is_uploaded(server: Served, cookie: Headers, method: str) -> None:
    for path in ("/_stcore/upload_file/x/y", "/", "/_stcore/agent/interact"):
        assert ask(server.url, path, method, cookie, b"x")[0] == 405


def test_the_server_listens_on_the_loopback_only(server: Served) -> None:
    listening = Path("/proc/net/tcp").read_text(encoding="ascii")
    addresses = [line.split()[1] for line in listening.splitlines()[1:] if line.split()[3] == "0A"]
    assert f"0100007F:{server.port:04X}" in addresses
    assert f"00000000:{server.port:04X}" not in addresses
    six = Path("/proc/net/tcp6").read_text(encoding="ascii") if Path("/proc/net/tcp6").exists() else ""
    assert f":{server.port:04X} 0000" not in six
    with socket.socket() as probe:
        probe.settimeout(1)
        assert probe.connect_ex(("127.0.0.2", server.port)) != 0


def test_a_link_with_a_program_is_refused(server: Served, cookie: Headers, folder: Path) -> None:
    link = linking.pack(attack(folder))
    with Session(server.url, query=f"p={link}", headers=cookie) as session:
        came = session.run()
    assert b"marker_of_another" not in b"".join(one.SerializeToString() for one in came)
    assert "weight" in "".join(map(code_of, came))
    assert any(b"It did not open the program of this link" in one.SerializeToString() for one in came)
    assert not (folder / "owned").exists()


def test_no_text_of_the_browser_runs(server: Served, cookie: Headers, folder: Path) -> None:
    text = attack(folder)
    with Session(server.url, headers=cookie) as session:
        first = session.run()
        groups: dict[str, dict[str, Any]] = {
            one: {"bool_value": True} for one in widgets_of(first) if "-group." in one
        }
        session.send(message_with(groups, text))
        opened = session.until_quiet()
        ids = set(widgets_of([*first, *opened]))
        texts = [one for one in ids if one.endswith(("-Loss", "-Optimizer", "-MSELoss.reduction", "-seen"))]
        assert len(texts) == 4
        (stage,) = (one for one in ids if one.endswith("-stage"))
        kept = json.dumps({"kept": {"text": text}, "went": 1, "lost": 1, "again": text})
        for states in (
            {one: {"string_value": text} for one in texts},
            {one: {"string_value": f'mean", {text!r}, "'} for one in texts},
            {stage: {"json_value": kept}},
            {one: {"string_value": text} for one in ids},  # many of these take no string
        ):
            session.send(message_with(groups | states, text))
            sent = session.until_quiet()
            assert sent
            assert "marker_of_another" not in "".join(map(code_of, sent))
    with Session(server.url, headers=cookie) as session:
        assert "".join(map(code_of, session.run())) == "".join(map(code_of, first))
    assert not (folder / "owned").exists()
    assert "marker_of_another" not in server.printed


def message_with(states: Mapping[str, Mapping[str, Any]], text: str) -> bytes:
    """What a browser sends with these contents of fields, a link, and text in fields of our other page."""
    message = BackMsg()
    message.rerun_script.query_string = f"p={linking.pack(text)}"
    foreign = [WidgetState(id=f"$$ID-0-{key}", string_value=text) for key in ("editor.text", "start", "source")]
    own = [WidgetState(id=one, **content) for one, content in states.items()]
    message.rerun_script.widget_states.widgets.extend([*own, *foreign])
    sent: bytes = message.SerializeToString()
    return sent


def attack(folder: Path) -> str:
    """A program that leaves a file if anything runs it."""
    return f"import torch\nmarker_of_another = open({str(folder / 'owned')!r}, 'w')\n"


def code_of(message: ForwardMsg) -> str:
    """The program that the stage is sent in a message; empty if it is sent none."""
    element = message.delta.new_element
    if not element.HasField("bidi_component"):
        return ""
    return json.dumps(json.loads(element.bidi_component.bytes)["head"]["code"])


def widgets_of(messages: Iterable[ForwardMsg]) -> Iterator[str]:
    """The ids of the widgets and containers in some messages."""
    for message in messages:
        for part in (message.delta.new_element, message.delta.add_block):
            for _, value in part.ListFields():
                one = value if isinstance(value, str) else getattr(value, "id", "")
                if isinstance(one, str) and one.startswith("$$"):
                    yield one
