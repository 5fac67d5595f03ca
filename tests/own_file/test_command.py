"""`python -m viz train.py` runs the file as `python train.py` does, and ends with it; or says why it cannot."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.browser.talk import Session
from tests.own_file.served import ROOT, served

REPORT = """\
import json, os, sys
import helper
found = {
    "argv": sys.argv,
    "path": sys.path[0],
    "folder": os.getcwd(),
    "file": __file__,
    "name": __name__,
    "threads": os.environ.get("OMP_NUM_THREADS"),
    "helper": helper.__file__,
    "of the folder": sys.path.count("") + sys.path.count(os.getcwd()),
}
json.dump(found, open("found.json", "w"))
print("the file has run")
"""
LOOP = """\
import os
import torch

open("pid", "w").write(str(os.getpid()))
w = torch.zeros(1, requires_grad=True)
for step in range(10_000):
    loss = ((w - 1) ** 2).sum()
    loss.backward()
    with torch.no_grad():
        w -= 0.1 * w.grad
        w.grad = None
"""


def command(*arguments: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `python -m viz arguments…`, which has to end by itself."""
    return subprocess.run(
        [sys.executable, "-m", "viz", *arguments],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)} | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "train.py cannot be read: No such file or directory."),
        (b"x = 1\ny = (\n", "train.py, line 2: '(' was never closed."),
        (b"return 1\n", "train.py, line 1: 'return' outside function."),
        (b"x = 'caf\xe9'", "train.py is not UTF-8: invalid continuation byte at byte 8."),
        (b"x = 1\0", "source code string cannot contain null bytes"),
    ],
)
def test_a_file_that_cannot_run_is_named_with_the_reason(tmp_path: Path, content: bytes | None, said: str) -> None:
    if content is not None:
        (tmp_path / "train.py").write_bytes(content)
    done = command("train.py", folder=tmp_path)
    assert done.returncode == 1
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("arguments", [(), ("--help",), ("--no-browser",)])
def test_without_a_file_the_usage_is_printed(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    done = command(*arguments, folder=tmp_path)
    assert done.returncode == 1
    assert "python -m viz [--no-browser] FILE [ARGUMENT ...]" in done.stderr


def test_without_streamlit_the_command_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text("x = 1", encoding="utf-8")
    (tmp_path / "sitecustomize.py").write_text(
        "import importlib.util as u\nfind = u.find_spec\n"
        "u.find_spec = lambda name, *rest: None if name == 'streamlit' else find(name, *rest)\n",
        encoding="utf-8",
    )
    done = command("train.py", folder=tmp_path, PYTHONPATH=f"{tmp_path}{os.pathsep}{ROOT}")
    assert done.returncode == 1
    assert 'pip install ".[app]"' in done.stderr


def test_the_file_runs_as_python_runs_it(tmp_path: Path) -> None:
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "train.py").write_text(REPORT, encoding="utf-8")
    (tmp_path / "code" / "helper.py").write_text("", encoding="utf-8")
    outside = {name: value for name, value in os.environ.items() if name != "OMP_NUM_THREADS"}
    environment = outside | {"PYTHONPATH": str(ROOT)}  # as `served` sets it
    arguments = ["code/train.py", "--epochs", "3", "a b"]
    subprocess.run([sys.executable, *arguments], cwd=tmp_path, env=environment, check=True)
    alone = json.loads((tmp_path / "found.json").read_text(encoding="utf-8"))
    (tmp_path / "found.json").unlink()
    with served(*arguments, folder=tmp_path, without=("OMP_NUM_THREADS",)) as server:
        with Session(server.url, headers=server.cookie()) as session:
            session.run()
        assert "the file has run\n" in server.printed
    assert json.loads((tmp_path / "found.json").read_text(encoding="utf-8")) == alone


@pytest.mark.parametrize(("by_user", "used"), [({}, "Agg\n"), ({"MPLBACKEND": "svg"}, "svg\n")])
def test_no_figure_waits_for_its_window(tmp_path: Path, by_user: dict[str, str], used: str) -> None:
    (tmp_path / "train.py").write_text("import os\nprint(os.environ['MPLBACKEND'])\n", encoding="utf-8")
    with served("train.py", folder=tmp_path, without=("MPLBACKEND",), **by_user) as server:
        with Session(server.url, headers=server.cookie()) as session:
            session.run()
        assert used in server.printed


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_no_process_outlives_the_page(tmp_path: Path, end: signal.Signals) -> None:
    (tmp_path / "train.py").write_text(LOOP, encoding="utf-8")
    with served("train.py", folder=tmp_path) as server:
        with Session(server.url, headers=server.cookie()) as session:
            session.run()
        started = children_of(server.process.pid)
        assert int((tmp_path / "pid").read_text(encoding="utf-8")) in started
        server.process.send_signal(end)
        server.process.wait(20)
        eventually(lambda: not any(map(runs, started)))
        assert "Traceback" not in server.printed


ENDS = """\
import atexit
import torch

def tell(what):
    with open("told", "a") as file:
        file.write(what + " ")

atexit.register(tell, "atexit")
w = torch.zeros(1, requires_grad=True)
try:
    for step in range(10_000):
        (w * w).sum().backward()
        tell("step") if not step else None
except KeyboardInterrupt:
    tell("interrupted")
    raise
finally:
    tell("finally")
tell("end")
"""


@pytest.mark.parametrize(
    ("by_terminal", "told"), [(True, "step interrupted finally atexit "), (False, "step finally atexit ")]
)
def test_ctrl_c_ends_the_file_as_python_does(tmp_path: Path, by_terminal: bool, told: str) -> None:
    (tmp_path / "train.py").write_text(ENDS, encoding="utf-8")
    with served("train.py", folder=tmp_path) as server:
        with Session(server.url, headers=server.cookie()) as session:
            session.run()
        if by_terminal:  # it sends the signal to every process of the command
            for process in children_of(server.process.pid):
                os.kill(process, signal.SIGINT)
        server.interrupt()
        assert (tmp_path / "told").read_text(encoding="utf-8") == told
        assert "Traceback" not in server.printed


def test_a_file_that_ends_its_process_runs_once_and_the_page_says_so(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text("import os\nprint('began')\nos._exit(3)\n", encoding="utf-8")
    with served("train.py", folder=tmp_path) as server:
        for _ in range(2):
            with Session(server.url, headers=server.cookie()) as session:
                sent = b"".join(one.SerializeToString() for one in session.run())
            assert b"The process that ran train.py has ended." in sent
        assert server.printed.count("began") == 1


def children_of(process: int) -> set[int]:
    """The processes that a process has started."""
    listed = subprocess.check_output(["ps", "-o", "pid=", "--ppid", str(process)], text=True)
    return set(map(int, listed.split()))


def runs(process: int) -> bool:
    """Whether a process runs; one that ended and was not waited for does not."""
    listed = subprocess.run(["ps", "-o", "stat=", "-p", str(process)], capture_output=True, text=True, check=False)
    return bool(listed.stdout.strip()) and not listed.stdout.startswith("Z")


def eventually(true: Callable[[], bool]) -> None:
    """Wait until something is true."""
    end = time.monotonic() + 20
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)
