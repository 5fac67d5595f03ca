"""After a job fails, the side bar is still on the page, so the change can be undone or repeated."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from viz import linking
from viz.catalog import DEFAULT_PROGRAM
from viz.page import address, stage, worker_pool
from viz.page.worker_pool import JobFailed, WorkerPool
from viz.worker.jobs import Job, Result

PAGE = Path(stage.__file__).with_name("page.py")
DEFAULT = DEFAULT_PROGRAM.read_text(encoding="utf-8")
CHANGED = DEFAULT.replace("[-0.5]", "[7.0]")
CANNOT_RUN = "The server could not run this program. "


@pytest.fixture
def page() -> AppTest:
    """The page after its first run, with the program's text open."""
    page = AppTest.from_file(str(PAGE), default_timeout=60)
    page.session_state["opened"] = {"Program"}
    page.run()
    assert not page.exception
    return page


def at(program: str) -> AppTest:
    """The page at an address with this program, before its first run."""
    page = AppTest.from_file(str(PAGE), default_timeout=60)
    page.query_params["p"] = program
    return page


def fail_on(monkeypatch: pytest.MonkeyPatch, kind: str, source: str, error: type[Exception] = JobFailed) -> None:
    """Make each job of this kind for this source fail."""
    run = WorkerPool.run

    def run_or_fail(pool: WorkerPool, job: Job) -> Result:
        if job.kind == kind and source in {job.source, job.parameters.get("text")}:
            raise error("some text of a program")
        return run(pool, job)

    monkeypatch.setattr(worker_pool.WorkerPool, "run", run_or_fail)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (JobFailed, ["In the side bar, under Program, press Undo or change the text."]),
        (ValueError, []),  # a fault of the page itself: Streamlit's box
    ],
)
def test_if_the_stage_fails_on_a_change_the_side_bar_is_drawn_and_undo_restores_the_stage(
    page: AppTest, monkeypatch: pytest.MonkeyPatch, error: type[Exception], said: list[str]
) -> None:
    fields = [field.key for field in page.sidebar.number_input]
    buttons = [button.key for button in page.sidebar.button]
    fail_on(monkeypatch, "opening", CHANGED, error)
    page.number_input("leaf.W").set_value(7.0).run()
    assert page.session_state["source"] == CHANGED
    assert [problem.value.removeprefix(CANNOT_RUN) for problem in page.main.error] == said
    assert len(page.exception) == (0 if said else 1)
    assert [field.key for field in page.sidebar.number_input] == fields
    assert [button.key for button in page.sidebar.button] == buttons
    page.button("editor.undo").click().run()
    assert page.session_state["source"] == DEFAULT
    assert not page.exception
    assert not page.error
    assert page.number_input("leaf.W").value == -0.5


def test_when_the_server_fails_to_run_the_first_program_the_page_says_so_and_has_its_fields(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    page = at(linking.pack(CHANGED))
    with monkeypatch.context() as failing:
        fail_on(failing, "opening", CHANGED)
        page.run()
        said = f"{CANNOT_RUN}Reload the page to try again, or change the text in the side bar, under Program."
        assert [problem.value for problem in page.main.error] == [said]
        assert page.number_input("leaf.W").value == 7.0
    page.number_input("leaf.W").set_value(-0.5).run()
    assert not page.error
    assert not page.exception


def test_a_program_of_the_address_that_the_server_fails_to_check_is_opened_when_it_can(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    page = at(linking.pack(CHANGED))
    with monkeypatch.context() as failing:
        fail_on(failing, "parse", CHANGED)
        page.run()
        said = "The server could not check the program of this address. Reload the page to try again."
        assert [problem.value for problem in page.main.error] == [said]
        assert not page.exception
        assert not page.number_input
    page.run()
    assert not page.error
    assert page.number_input("leaf.W").value == 7.0


def test_a_change_that_the_server_cannot_check_is_not_made_and_the_page_says_so(
    page: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as failing:
        fail_on(failing, "parse", CHANGED)
        page.number_input("leaf.W").set_value(7.0).run()
        assert not page.exception
        said = "The program stays as it is: The server could not check this program. Try again."
        assert [warning.value for warning in page.sidebar.warning] == [said]
        assert (page.session_state["source"], page.number_input("leaf.W").value) == (DEFAULT, -0.5)
    page.number_input("leaf.W").set_value(7.0).run()
    assert page.session_state["source"] == CHANGED
    assert not page.sidebar.warning


def test_text_that_the_server_cannot_check_stays_in_its_box_and_no_line_is_blamed(
    page: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail_on(monkeypatch, "parse", CHANGED)
    page.text_area("editor.text").set_value(CHANGED).run()
    page.button("editor.apply").click().run()
    assert not page.exception
    (error,) = page.sidebar.error
    assert error.value.startswith("The server could not check this program. Try again.\n\nThe page still shows")
    assert (page.session_state["source"], page.text_area("editor.text").value) == (DEFAULT, CHANGED)


def test_a_program_from_the_browser_that_the_server_fails_to_check_is_not_asked_for_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    page = at(linking.left_out(CHANGED))
    page.run()  # the page asks the browser for the program
    assert page.session_state["awaited"]
    with monkeypatch.context() as failing:
        fail_on(failing, "parse", CHANGED)
        failing.setattr(address, "arrive", lambda: address.take_kept({"text": CHANGED}))
        page.run()
    assert not page.exception
    assert page.session_state["source"] == DEFAULT
    assert "awaited" not in page.session_state
    said = "The server could not check the program of this address. The page opens with its own program instead."
    assert [one.value for one in page.warning] == [said]
