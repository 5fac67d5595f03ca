"""The image is pinned, does not run as root and holds no secrets; everything names the same port."""

from __future__ import annotations

import json
import re

import yaml

from tests.browser.harness import ROOT

DEPLOY = ROOT / "deploy"
PORT = "8501"


def _instructions() -> list[tuple[str, str]]:
    """The Dockerfile's instructions, each in one line, without comments."""
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    lines = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    joined = re.sub(r"\\\n\s*", "", lines).splitlines()
    return [(word, rest.strip()) for word, _, rest in (line.partition(" ") for line in joined if line)]


IMAGE = _instructions()
#: The instructions of the final image: everything from the last FROM on.
KEPT = IMAGE[max(number for number, (word, _) in enumerate(IMAGE) if word == "FROM") :]
SETTINGS = dict(pair.split("=", 1) for word, rest in KEPT if word == "ENV" for pair in rest.split())


def test_both_stages_have_the_same_pinned_python_as_the_tests() -> None:
    assert [rest for word, rest in IMAGE if word == "FROM"] == ["python:${PYTHON} AS build", "python:${PYTHON}"]
    (version,) = (rest.removeprefix("PYTHON=") for word, rest in IMAGE if rest.startswith("PYTHON="))
    assert re.fullmatch(r"3\.11\.\d+-slim-bookworm", version)


def test_it_installs_the_apps_own_requirements_and_nothing_else() -> None:
    installs = [rest for word, rest in IMAGE if word == "RUN" and "pip install" in rest]
    assert len(installs) == 1
    assert "--requirement /tmp/requirements.txt" in installs[0]
    assert ("COPY", "requirements.txt /tmp/requirements.txt") in IMAGE
    assert not any("apt-get" in rest for _, rest in IMAGE)


def test_it_does_not_run_as_root_and_starts_without_a_shell() -> None:
    users = [rest for word, rest in KEPT if word == "USER"]
    assert users == ["1000:1000"]
    after = KEPT[KEPT.index(("USER", users[0])) :]
    assert {word for word, _ in after} <= {"USER", "EXPOSE", "HEALTHCHECK", "CMD"}
    (command,) = (rest for word, rest in KEPT if word == "CMD")
    assert json.loads(command) == ["python", "-m", "streamlit", "run", "app.py"]


def test_its_health_check_asks_its_own_port_in_valid_python() -> None:
    (check,) = (rest for word, rest in KEPT if word == "HEALTHCHECK")
    program, option, code = json.loads(check.partition("CMD ")[2])
    assert (program, option) == ("python", "-c")
    compile(code, "the health check", "exec")
    assert f"http://127.0.0.1:{PORT}/_stcore/health" in code


def test_only_the_app_goes_into_it_and_no_secret() -> None:
    copied = [rest.split()[0] for word, rest in KEPT if word == "COPY" and not rest.startswith("--from=")]
    assert copied == ["app.py", ".streamlit", "viz"]
    ignored, *kept = [
        line.rstrip("/")
        for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
        if line and not line.startswith(("#", "**"))
    ]
    assert ignored == "*"
    assert {line.removeprefix("!") for line in kept} == {
        "app.py",
        "requirements.txt",
        "viz",
        ".streamlit/config.toml",
    }
    assert not [rest for _, rest in IMAGE if re.search(r"(?i)password|secret|token|api_?key", rest)]


def test_it_names_no_host_except_that_of_the_python_image() -> None:
    urls = re.findall(r"https?://[^/\s'\"]+", " ".join(rest for _, rest in IMAGE))
    assert urls == [f"http://127.0.0.1:{PORT}"]
    assert ("ARG", "TORCH_INDEX") in IMAGE


def test_everything_names_the_same_port() -> None:
    assert SETTINGS["STREAMLIT_SERVER_PORT"] == PORT
    assert ("EXPOSE", PORT) in KEPT
    pod = yaml.safe_load((DEPLOY / "kubernetes" / "deployment.yaml").read_text(encoding="utf-8"))["spec"][
        "template"
    ]
    assert [port["containerPort"] for port in pod["spec"]["containers"][0]["ports"]] == [int(PORT)]
    assert f'"${{SERVER_A-127.0.0.1:{PORT}}}"' in (DEPLOY / "haproxy.cfg").read_text(encoding="utf-8")
