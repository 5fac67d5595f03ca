"""The server serves the stage's files and no others, and its headers protect the page."""

from __future__ import annotations

from http.client import HTTPConnection, HTTPResponse
from urllib.parse import urlsplit

import pytest

from tests.browser.harness import ROOT
from viz.page.server import HEADERS, stage_address

STAGE = ROOT / "viz" / "stage"


def get(server: str, path: str) -> tuple[HTTPResponse, bytes]:
    """The response to a path, which is sent as it is."""
    address = urlsplit(server)
    connection = HTTPConnection(address.hostname or "", address.port, timeout=30)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer, answer.read()
    finally:
        connection.close()


@pytest.mark.parametrize(
    "file", sorted(path.relative_to(STAGE).as_posix() for path in STAGE.rglob("*") if path.is_file())
)
def test_the_stages_files_are_served_as_they_are(server: str, file: str) -> None:
    answer, body = get(server, f"/{stage_address()}/{file}")
    assert answer.status == 200
    assert body == (STAGE / file).read_bytes()
    assert "immutable" in (answer.getheader("Cache-Control") or "")
    assert (answer.getheader("Content-Type") or "").startswith(("text/javascript", "text/css"))


@pytest.mark.parametrize(
    "name",
    ["", "nothing.js", "STAGE.JS", "stage.js/", "views", "views/", "graph.js", "%2fetc%2fpasswd", "/etc/passwd"],
)
def test_no_other_name_is_served(server: str, name: str) -> None:
    assert get(server, f"/{stage_address()}/{name}")[0].status == 404


@pytest.mark.parametrize(
    "name",
    [
        ".",
        "../page/server.py",
        "..%2fpage%2fserver.py",
        "..%2f..%2fapp.py",
        "%2e%2e/page/server.py",
        "..%5cpage%5cserver.py",
        "..%252fpage%252fserver.py",
        "stage.js%00.css",
    ],
)
def test_no_path_leads_out_of_the_stages_files(server: str, name: str) -> None:
    answer, body = get(server, f"/{stage_address()}/{name}")
    assert answer.status in {400, 404}
    assert body in {b"Bad Request", b"Not found"}


def test_another_version_of_the_files_is_not_served(server: str) -> None:
    assert get(server, "/viz/000000000000/stage.js")[0].status == 404


@pytest.mark.parametrize("path", ["/", f"/{stage_address()}/stage.js", "/viz/none/none", "/_stcore/health"])
def test_every_answer_has_the_security_headers(server: str, path: str) -> None:
    answer, _ = get(server, path)
    for name, value in HEADERS.items():
        assert answer.getheader(name) == value
