"""`python -m viz train.py` works from an installation: the wheel has all that the page on a file needs."""

from __future__ import annotations

from pathlib import Path

from tests.browser.talk import Session, ask
from tests.installation import environment, install
from tests.own_file.served import served
from tests.own_file.test_refusals import code_of
from viz.page.server import stage_address

FILE = """\
import torch
import viz

print("viz is", viz.__file__)
w = torch.zeros(1, requires_grad=True)
for step in range(3):
    ((w - 1) ** 2).sum().backward()
"""


def test_the_command_of_an_installation_opens_the_page_on_a_file(tmp_path: Path) -> None:
    (tmp_path / "wheel").mkdir()
    target = install(tmp_path / "wheel")
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "train.py").write_text(FILE, encoding="utf-8")
    with served("train.py", folder=folder, **environment(target)) as server:
        cookie = server.cookie()
        with Session(server.url, headers=cookie) as session:
            sent = session.run()
        assert "requires_grad" in "".join(map(code_of, sent))
        for name in ("streamlit.js", "own-file.css", "plotly.js"):
            assert ask(server.url, f"/{stage_address()}/{name}", headers=cookie)[0] == 200
        assert f"viz is {target / 'viz' / '__init__.py'}" in server.printed
