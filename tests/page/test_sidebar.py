"""The side bar: each widget shows a value of the program, and a change rewrites the program."""

import json
from typing import Protocol
from unittest.mock import patch

import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.testing.v1 import AppTest

from viz.catalog import DEFAULT_PROGRAM, LOSSES, OPTIMIZERS, Entry
from viz.editing import read, set_optimizer
from viz.losses import exchangeable
from viz.page.tables import straight_line
from viz.presets import Preset, presets
from viz.worker.jobs import run_id

DEFAULT = DEFAULT_PROGRAM.read_text(encoding="utf-8")
SCRIPT = "from viz.page import sidebar\nsidebar.draw_sidebar()\n"
GROUPS = {"Data", "Loss", "Optimizer", "Program"}


def page(source: str = DEFAULT, opened: set[str] = GROUPS) -> AppTest:
    """The side bar for a program, with groups that have been opened."""
    app = AppTest.from_string(SCRIPT, default_timeout=60)
    app.session_state["source"] = source
    app.session_state["opened"] = set(opened)
    return run(app)


class Runnable(Protocol):
    """A page, or a widget that has just been changed."""

    def run(self) -> AppTest: ...


def run(changed: Runnable) -> AppTest:
    app = changed.run()
    assert not app.exception
    return app


def source(app: AppTest) -> str:
    return str(app.session_state["source"])


def line(app: AppTest, start: str) -> str:
    return next(line for line in source(app).splitlines() if line.startswith(start))


def test_the_first_view_needs_no_configuration_and_draws_only_the_model() -> None:
    app = run(AppTest.from_string(SCRIPT, default_timeout=60))
    assert source(app) == DEFAULT
    assert [field.key for field in app.number_input] == ["leaf.W", "leaf.b", "lr.field"]
    assert [group.label for group in app.expander] == ["Data", "Loss", "Optimizer", "Program"]
    assert [choice.key for choice in app.selectbox] == ["start"]


def test_a_preset_replaces_the_program_on_stage_and_can_be_undone() -> None:
    app = page()
    assert app.selectbox("start").value == presets()[0].title
    run(app.selectbox("start").set_value("Quadratic bowl"))
    assert source(app) == next(one.source for one in presets() if one.title == "Quadratic bowl")
    run(app.number_input("leaf.W").set_value(0.25))
    assert app.selectbox("start").value is None
    run(app.button("editor.undo").click())
    run(app.button("editor.undo").click())
    assert source(app) == DEFAULT
    assert app.selectbox("start").value == presets()[0].title


def test_every_widget_shows_its_value_of_the_program() -> None:
    app = page(DEFAULT.replace("lr=0.1", "lr=0.0375, momentum=0.5").replace("range(100)", "range(30)"))
    assert app.number_input("leaf.W").value == -0.5
    assert app.number_input("lr.field").value == 0.0375
    assert app.select_slider("lr.slider").value == 0.0375
    assert app.selectbox("Optimizer").value == "SGD"
    assert app.number_input("SGD.momentum").value == 0.5
    assert app.selectbox("MSELoss.reduction").value == "mean"
    assert app.number_input("iterations").value == 30
    assert app.selectbox("dtype").value == "float32"
    assert app.data_editor[0].value["distance"].tolist()[:2] == ["0.032", "0.034"]
    assert app.data_editor[0].value["velocity"].tolist()[14] == "500.0"


def test_the_initial_value_of_a_leaf_is_rewritten_and_nothing_else() -> None:
    app = page()
    run(app.number_input("leaf.W").set_value(0.75))
    assert source(app) == DEFAULT.replace("[-0.5]", "[0.75]")


@pytest.mark.parametrize(
    ("key", "label", "written"),
    [
        ("iterations", "Iterations", "range({})"),
        ("number.seed", "seed", "torch.manual_seed({})"),
        ("number.scheduler.step_size", "scheduler.step_size", "step_size={})"),
    ],
)
def test_a_number_with_decimals_is_refused_where_a_whole_one_is_needed(key: str, label: str, written: str) -> None:
    scheduler = "scheduler = optim.lr_scheduler.StepLR(optimizer, step_size=100)\n\nfor iteration in"
    app = page(
        DEFAULT.replace("import torch\n", "import torch\ntorch.manual_seed(100)\n", 1).replace(
            "for iteration in", scheduler, 1
        )
    )
    before = source(app)
    run(app.number_input(key).set_value(2.5))
    assert app.warning[0].value == f"{label} has to be a whole number, not 2.5. Write 2 or 3."
    assert (source(app), app.number_input(key).value) == (before, 100)
    run(app.number_input(key).set_value(300.0))
    assert not app.warning
    assert source(app) == before.replace(written.format(100), written.format(300))


def test_a_whole_number_that_a_browser_cannot_keep_has_a_disabled_field() -> None:
    for seed, disabled in ((2**53 - 1, False), (2**53 + 1, True), (-(2**60), True)):
        app = page(DEFAULT.replace("import torch\n", f"import torch\ntorch.manual_seed({seed})\n", 1))
        field = app.number_input("number.seed")
        assert (field.disabled, field.value) == (disabled, None if disabled else seed)


def test_data_are_generated_only_from_whole_numbers_of_points_and_seeds() -> None:
    app = page()
    for field, label in (("points", "Points"), ("seed", "Seed")):
        before = app.number_input(f"data.{field}").value
        app.number_input(f"data.{field}").set_value(2.5)
        run(app.button("data.generate.use").click())
        assert app.warning[0].value == f"{label} has to be a whole number, not 2.5. Write 2 or 3."
        assert source(app) == DEFAULT
        app.number_input(f"data.{field}").set_value(before)


def test_a_value_reached_by_steps_has_no_rounding_errors() -> None:
    app = page()
    run(app.number_input("leaf.W").set_value(0.1 + 0.1 + 0.1))
    assert "[0.3]" in line(app, "W =")


def test_slider_and_field_of_the_learning_rate_agree() -> None:
    app = page()
    run(app.number_input("lr.field").set_value(0.123))
    assert line(app, "optimizer").endswith("lr=0.123)")
    assert app.select_slider("lr.slider").value == 0.123
    run(app.select_slider("lr.slider").set_value(0.05))
    assert line(app, "optimizer").endswith("lr=0.05)")
    assert app.number_input("lr.field").value == 0.05


def test_widgets_do_not_set_a_value_that_the_browser_already_holds() -> None:
    """A value set by the server would overwrite what is typed while the page runs."""
    app = page()
    app.number_input("lr.field").set_value(0.2)
    run(app)
    assert not any(field.proto.set_value for field in app.number_input)
    assert app.select_slider("lr.slider").proto.set_value  # the other widget of the same number has to follow


@pytest.mark.parametrize("entry", OPTIMIZERS, ids=lambda entry: entry.name)
def test_every_optimizer_can_be_chosen_and_shows_all_its_arguments(entry: Entry) -> None:
    app = page(opened={"Optimizer"})
    run(app.selectbox("Optimizer").set_value(entry.name))
    assert line(app, "optimizer") == f"optimizer = optim.{entry.name}([W, b], lr=0.1)"
    shown = {widget.key.partition(".")[2].partition("[")[0] for widget in (*app.number_input, *app.toggle)}
    assert {argument.name for argument in entry.arguments} - {"lr"} <= shown


def test_muon_is_offered_if_all_parameters_are_matrices() -> None:
    matrices = "import torch\nfrom torch import optim\nW = torch.tensor([[1.0, 2.0]], requires_grad=True)\n"
    matrices += (
        "optimizer = optim.SGD([W], lr=0.1)\nfor i in range(3):\n    loss = (W * W).sum()\n    loss.backward()\n"
    )
    app = page(matrices, {"Optimizer"})
    run(app.selectbox("Optimizer").set_value("Muon"))
    assert line(app, "optimizer") == "optimizer = optim.Muon([W], lr=0.1)"
    run(app.number_input("Muon.momentum").set_value(0.5))
    assert line(app, "optimizer") == "optimizer = optim.Muon([W], lr=0.1, momentum=0.5)"
    assert "Muon" not in page(opened={"Optimizer"}).selectbox("Optimizer").options


def test_lbfgs_is_shown_if_the_program_makes_it_and_never_offered() -> None:
    app = page(DEFAULT.replace("optim.SGD([W, b], lr=0.1)", "optim.LBFGS([W, b], lr=0.1)"), {"Optimizer"})
    assert app.selectbox("Optimizer").value == "LBFGS"
    assert app.number_input("LBFGS.tolerance_grad").value == 1e-7
    assert "LBFGS" not in page(opened={"Optimizer"}).selectbox("Optimizer").options


def test_an_argument_of_the_optimizer_is_written_and_removed_again() -> None:
    app = page(opened={"Optimizer"})
    run(app.number_input("SGD.momentum").set_value(0.9))
    run(app.toggle("SGD.nesterov").set_value(True))
    assert line(app, "optimizer") == "optimizer = optim.SGD([W, b], lr=0.1, momentum=0.9, nesterov=True)"
    run(app.toggle("SGD.nesterov").set_value(False))
    run(app.number_input("SGD.momentum").set_value(0.0))
    assert source(app) == DEFAULT


def test_each_number_of_a_pair_is_a_field_and_may_be_none_if_torch_allows_it() -> None:
    app = page(set_optimizer(DEFAULT, "Adafactor", {"lr": 0.1}), {"Optimizer"})
    assert app.number_input("Adafactor.eps[0]").value is None
    run(app.number_input("Adafactor.eps[1]").set_value(0.01))
    assert line(app, "optimizer").endswith("eps=(None, 0.01))")
    run(app.number_input("Adafactor.eps[0]").set_value(1e-7))
    assert line(app, "optimizer").endswith("eps=(1e-7, 0.01))")


FITTING = exchangeable(next(entry for entry in LOSSES if entry.name == "MSELoss"))


def test_losses_that_need_different_targets_are_not_offered() -> None:
    app = page(opened={"Loss"})
    assert app.selectbox("Loss").options == [entry.name for entry in FITTING]
    assert {"MSELoss", "HuberLoss"} <= {*app.selectbox("Loss").options}
    assert "CrossEntropyLoss" not in app.selectbox("Loss").options


@pytest.mark.parametrize("entry", FITTING, ids=lambda entry: entry.name)
def test_every_suitable_loss_can_be_chosen_with_its_reduction(entry: Entry) -> None:
    app = page(opened={"Loss"})
    run(app.selectbox("Loss").set_value(entry.name))
    run(app.selectbox(f"{entry.name}.reduction").set_value("sum"))
    assert line(app, "criterion") == f'criterion = nn.{entry.name}(reduction="sum")'


def test_iterations_and_dtype_are_rewritten() -> None:
    app = page()
    run(app.number_input("iterations").set_value(7))
    run(app.selectbox("dtype").set_value("float64"))
    assert (read(source(app)).iterations, read(source(app)).dtype) == (7, "float64")
    run(app.selectbox("dtype").set_value("float32"))
    assert source(app) == DEFAULT.replace("range(100)", "range(7)")


def test_the_field_for_the_loop_at_the_top_says_epochs_where_batches_are_inside() -> None:
    app = page()
    assert app.number_input("iterations").label == "Iterations"
    head = "for iteration in range(100):\n"
    epochs = DEFAULT.replace(head, "for epoch in range(100):\n  for batch in range(2):\n", 1)
    app = page(epochs)
    assert app.number_input("iterations").label == "Epochs"
    assert app.number_input("iterations").help.endswith("The iterations are the passes of another loop.")
    run(app.number_input("iterations").set_value(7))
    assert source(app) == epochs.replace("range(100)", "range(7)")


def test_values_that_the_program_computes_are_drawn_disabled() -> None:
    app = page(DEFAULT.replace("lr=0.1", "lr=0.1 / 2").replace("range(100)", "range(10 * 10)"))
    assert app.number_input("lr.field").disabled
    assert app.number_input("lr.field").value is None
    assert app.select_slider("lr.slider").disabled
    assert app.number_input("iterations").disabled
    assert not app.number_input("SGD.momentum").disabled


def test_the_side_bar_says_so_if_a_program_has_nothing_to_show() -> None:
    app = page("import torch\nx = torch.linspace(0, 1, 3)\n")
    assert len(app.caption) == 4
    assert app.selectbox("Optimizer").disabled
    assert app.selectbox("Loss").disabled
    assert not app.data_editor


def test_values_beyond_a_fields_bounds_are_shown_as_they_are() -> None:
    app = page(DEFAULT.replace("lr=0.1", "lr=-3.0").replace("range(100)", "range(5000)"))
    assert app.number_input("lr.field").value == -3.0
    assert app.number_input("iterations").value == 5000


def test_a_leaf_of_several_numbers_has_a_field_for_each_and_a_large_one_a_table() -> None:
    program = "import torch\nW = torch.tensor([[1.0, 2.0]], requires_grad=True)\n"
    app = page(program)
    run(app.number_input("leaf.W[0, 1]").set_value(5.0))
    assert "[[1.0, 5.0]]" in source(app)
    large = page(program.replace("[[1.0, 2.0]]", "[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]"))
    edit(large, edited={1: {"2": 9.0}})
    assert "[[1.0, 2.0, 3.0], [4.0, 5.0, 9.0]]" in source(large)


def edit(
    app: AppTest,
    edited: dict[int, dict[str, str | float | None]] | None = None,
    added: list[dict[str, str | float]] | None = None,
    deleted: list[int] | None = None,
) -> None:
    """Send what a browser sends after edits in the table."""
    edits = {"edited_rows": edited or {}, "added_rows": added or [], "deleted_rows": deleted or []}
    states = app._tree.get_widget_states()
    states.widgets.append(WidgetState(id=app.data_editor[0].proto.id, string_value=json.dumps(edits)))
    app._run(states)
    assert not app.exception


def test_an_edited_cell_is_rewritten_and_the_table_is_not_mounted_again() -> None:
    app = page(opened={"Data"})
    mounted = app.data_editor[0].proto.id
    edit(app, edited={0: {"distance": 0.5}})
    assert source(app) == DEFAULT.replace("[0.032, ", "[0.5, ")
    assert app.data_editor[0].proto.id == mounted
    edit(app, edited={0: {"distance": 0.5}, 1: {"velocity": 300.0}})
    assert source(app) == DEFAULT.replace("[0.032, ", "[0.5, ").replace("[170.0, 290.0", "[170.0, 300.0")


def test_rows_are_added_and_removed() -> None:
    app = page(opened={"Data"})
    edit(app, added=[{"distance": 3.0, "velocity": 1500.0}], deleted=[0])
    distance, velocity = read(source(app)).columns
    assert (distance.values[0], distance.values[-1]) == (0.034, 3.0)
    assert (velocity.values[0], velocity.values[-1]) == (290.0, 1500.0)
    assert len(distance.values) == len(velocity.values) == 24


def test_a_table_with_an_empty_cell_waits_and_names_the_cell() -> None:
    app = page(opened={"Data"})
    edit(app, edited={2: {"velocity": None}})
    assert source(app) == DEFAULT
    (warning,) = app.warning
    assert warning.value.startswith("Row 3, column velocity: the cell is empty.")
    edit(app, edited={2: {"velocity": "-1,5"}})
    assert source(app) == DEFAULT
    (warning,) = app.warning
    assert warning.value.startswith("Row 3, column velocity: “-1,5” is not a number; write -1.5 with a point.")
    edit(app, edited={2: {"velocity": "-1"}})
    assert "-1.0" in source(app)
    assert not app.warning


def test_undo_takes_back_an_edit_of_the_table() -> None:
    app = page()
    edit(app, edited={0: {"distance": 0.5}})
    run(app.button("editor.undo").click())
    assert source(app) == DEFAULT
    assert app.data_editor[0].value["distance"].tolist()[0] == "0.032"


def upload(app: AppTest, content: str) -> None:
    run(app.file_uploader("data.csv").upload("table.csv", content.encode()))


def test_a_csv_file_waits_for_its_columns_to_be_chosen() -> None:
    app = page(opened={"Data"})
    upload(app, "name,a,b\nx,1,10\ny,2,20\nz,3,30\n")
    assert source(app) == DEFAULT
    assert (app.selectbox("data.csv.distance").value, app.selectbox("data.csv.velocity").value) == ("a", "b")
    run(app.selectbox("data.csv.distance").set_value("b"))
    run(app.button("data.csv.use").click())
    assert [tensor.values for tensor in read(source(app)).columns] == [(10.0, 20.0, 30.0), (10.0, 20.0, 30.0)]


def test_a_column_that_is_chosen_just_before_the_click_is_the_one_that_is_used() -> None:
    """A choice and a click in quick succession reach the server together, before the choice was drawn."""
    app = page(opened={"Data"})
    upload(app, "a,b,c\n1,10,5\n2,20,far\n3,30,7\n")
    app.selectbox("data.csv.velocity").set_value("c")
    run(app.button("data.csv.use").click())
    assert source(app) == DEFAULT
    assert "“far” is not a number" in app.error[0].value
    app.selectbox("data.csv.velocity").set_value("a")
    run(app.selectbox("data.csv.distance").set_value("b"))
    app.selectbox("data.csv.distance").set_value("a")
    app.selectbox("data.csv.velocity").set_value("b")
    run(app.button("data.csv.use").click())
    assert [tensor.values for tensor in read(source(app)).columns] == [(1.0, 2.0, 3.0), (10.0, 20.0, 30.0)]


def test_bad_cells_are_listed_and_the_program_stays_until_they_are_left_out() -> None:
    app = page(opened={"Data"})
    upload(app, "distance,velocity\n1,10\n2,far\n,30\n4,40\n")
    (error,) = app.error
    assert error.value.split("\n\n") == [
        "Row 3, column velocity: “far” is not a number.",
        "Row 4, column distance: the cell is empty.",
        "Correct the file and upload it again, or leave those rows out.",
    ]
    assert app.button("data.csv.use").disabled
    assert source(app) == DEFAULT
    run(app.checkbox("data.csv.leave").check())
    run(app.button("data.csv.use").click())
    assert [tensor.values for tensor in read(source(app)).columns] == [(1.0, 4.0), (10.0, 40.0)]


def test_bad_cells_are_listed_by_row_and_then_in_the_order_of_the_columns() -> None:
    app = page(opened={"Data"})
    upload(app, "distance,velocity\n1,2\na,b\nc,d\n")
    said = app.error[0].value.split("\n\n")[:4]
    places = [
        "Row 3, column distance",
        "Row 3, column velocity",
        "Row 4, column distance",
        "Row 4, column velocity",
    ]
    assert [sentence.split(":")[0] for sentence in said] == places


def test_a_column_with_an_empty_cell_is_not_replaced_by_a_repetition_of_another() -> None:
    app = page(opened={"Data"})
    upload(app, "a,b\n1,10\n2,\n3,30\n")
    assert (app.selectbox("data.csv.distance").value, app.selectbox("data.csv.velocity").value) == ("a", "b")
    (error,) = app.error
    assert error.value.startswith("Row 3, column b: the cell is empty.")
    assert app.button("data.csv.use").disabled
    assert source(app) == DEFAULT


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (
            "site,a\nx,1\ny,2\n",
            [
                "Column site, which is not used, has a cell without a number in row 2: “x” is not a number.",
                "The file has 1 column of numbers",
            ],
        ),
        ("a\n1\n2\n", ["The file has 1 column of numbers"]),
        (
            "p,q\nx,y\nz,w\n",
            [
                "Column p, which is not used, has a cell without a number in row 2: “x” is not a number.",
                "Column q, which is not used, has a cell without a number in row 2: “y” is not a number.",
                "The file has no column of numbers",
            ],
        ),
    ],
)
def test_for_a_file_with_too_few_columns_of_numbers_the_page_says_which_were_dropped_and_why(
    content: str, said: list[str]
) -> None:
    app = page(opened={"Data"})
    upload(app, content)
    captions = [caption.value for caption in app.caption]
    assert all(any(caption.startswith(sentence) for caption in captions) for sentence in said)
    assert any(
        "the program's table has 2 (distance, velocity). Upload a file with 2 columns of numbers" in one
        for one in captions
    )
    assert app.selectbox("data.csv.velocity").value is None
    assert not any(button.key == "data.csv.use" for button in app.button)
    assert source(app) == DEFAULT


def test_one_column_may_be_chosen_for_both_names_without_an_objection_on_the_page() -> None:
    app = page(opened={"Data"})
    upload(app, "x\n1\n2\n")
    (said,) = [caption.value for caption in app.caption if caption.value.startswith("The file has")]
    assert said.endswith("Upload a file with 2 columns of numbers, or choose the columns above yourself.")
    run(app.selectbox("data.csv.velocity").set_value("x"))
    run(app.button("data.csv.use").click())
    assert [tensor.values for tensor in read(source(app)).columns] == [(1.0, 2.0), (1.0, 2.0)]
    assert not any("The file has" in caption.value for caption in app.caption)


def test_a_row_that_is_too_long_is_not_blamed_on_an_unused_column() -> None:
    app = page(opened={"Data"})
    upload(app, "a,b,c\n1,2,3\n4,5,6,7\n8,9,far\n")
    said = [caption.value for caption in app.caption if "not used" in caption.value]
    assert said == ["Column c, which is not used, has a cell without a number in row 4: “far” is not a number."]
    assert app.error[0].value.startswith("Row 3: the row has 4 cells, and the first row has 3.")


def test_a_row_that_is_too_long_is_named_also_while_a_column_is_missing() -> None:
    app = page(opened={"Data"})
    upload(app, "a,b\n1,2,3\n")
    captions = [caption.value for caption in app.caption]
    assert "Row 2: the row has 3 cells, and the first row has 2." in captions
    assert any(caption.startswith("The file has no column of numbers") for caption in captions)


def test_no_file_is_requested_for_a_program_whose_data_fit_no_table() -> None:
    app = page("import torch\nx = torch.tensor([[[1.0, 2.0]], [[3.0, 4.0]]])\n", {"Data"})
    assert not app.file_uploader
    assert "This program has no table for a CSV file to fill." in [caption.value for caption in app.caption]


def test_a_column_chosen_for_one_name_is_not_proposed_for_another_when_the_next_file_comes() -> None:
    app = page(opened={"Data"})
    upload(app, "a,b\n1,10\n2,20\n")
    run(app.selectbox("data.csv.velocity").set_value("a"))
    run(app.selectbox("data.csv.distance").set_value("b"))
    upload(app, "a,c\n1,10\n2,20\n")
    assert (app.selectbox("data.csv.distance").value, app.selectbox("data.csv.velocity").value) == ("c", "a")


def test_text_of_a_file_is_quoted_as_text_and_not_set_as_markdown() -> None:
    app = page(opened={"Data"})
    upload(app, "**a**,$b$\n1,2\n:red[x],3\n")
    (error,) = app.error
    assert r"Row 3, column \*\*a\*\*: “\:red\[x\]” is not a number." in error.value


def test_a_file_that_is_not_a_table_is_reported() -> None:
    app = page(opened={"Data"})
    upload(app, "")
    assert [error.value for error in app.error] == ["The file has no rows of numbers: it is empty."]


def test_a_table_that_would_make_the_program_too_long_leaves_it_as_it_is() -> None:
    app = page(opened={"Data"})
    upload(app, "x,y\n" + "".join(f"{-number / 7e7!r},{-number / 3e7!r}\n" for number in range(1, 1000)))
    run(app.button("data.csv.use").click())
    assert source(app) == DEFAULT
    assert "40,000 characters" in app.warning[0].value
    run(app)
    assert not app.warning


def test_generated_data_are_the_same_for_the_same_seed() -> None:
    app = page(opened={"Data"})
    app.number_input("data.slope").set_value(-3.0)
    app.number_input("data.points").set_value(10)
    run(app.button("data.generate.use").click())
    x, y = straight_line(-3.0, 1.0, 0.2, 10, 0)
    assert [list(tensor.values) for tensor in read(source(app)).columns] == [x, y]


def test_a_shipped_data_set_can_be_restored_after_other_data() -> None:
    app = page(opened={"Data"})
    run(app.button("data.generate.use").click())
    run(app.button("data.use.hubble").click())
    assert read(source(app)).data == read(DEFAULT).data


def test_data_of_another_shape_cannot_be_generated() -> None:
    app = page("import torch\nX = torch.tensor([[1.0, 2.0, 3.0]])\n", {"Data"})
    assert list(app.data_editor[0].value.columns) == ["X[:, 0]", "X[:, 1]", "X[:, 2]"]
    assert any("two columns of data; this one has 3" in caption.value for caption in app.caption)
    edit(app, added=[{"X[:, 0]": 4.0, "X[:, 1]": 5.0, "X[:, 2]": 6.0}])
    assert "[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]" in source(app)


@pytest.mark.parametrize("preset", presets(), ids=lambda preset: preset.title)
def test_every_preset_has_its_fields_and_each_field_rewrites_the_program(preset: Preset) -> None:
    settings = read(preset.source)
    app = page(preset.source)
    fields = {field.key: field for field in app.number_input if field.key and not field.disabled}
    leaves = sum(len(leaf.values) for leaf in settings.leaves)
    assert sum(key.startswith("leaf.") for key in fields) == leaves
    assert {f"number.{number.name}" for number in settings.numbers if number.name != settings.rate_name} <= set(
        fields
    )
    assert ("lr.field" in fields) is (settings.learning_rate is not None)
    assert sum(len(table.value.columns) for table in app.data_editor) == len(settings.columns)
    ours = {
        key: field for key, field in fields.items() if key.startswith(("leaf.", "lr.", "number.", "iterations"))
    }
    kept = {key: float(field.value or 0.0) for key, field in ours.items()}
    for step in (1.0, 0.0):
        for key, old in kept.items():
            app.number_input(key).set_value(old + step)
        run(app)
        assert {key: app.number_input(key).value for key in kept} == pytest.approx(
            {key: old + step for key, old in kept.items()}
        )
        assert (read(source(app)) == settings) is (step == 0.0)


def test_a_schedulers_numbers_and_a_groups_own_options_have_fields_beside_the_optimizers() -> None:
    groups = '[{"params": [W]}, {"params": [b], "lr": 0.5}]'
    scheduler = "scheduler = optim.lr_scheduler.StepLR(optimizer, step_size=30, gamma=0.5)"
    text = DEFAULT.replace("[W, b]", groups).replace("lr=0.1)\n", f"lr=0.1)\n{scheduler}\n")
    app = page(text, opened={"Optimizer"})
    assert app.number_input("number.scheduler.step_size").value == 30
    run(app.number_input("number.lr of [b]").set_value(0.25))
    run(app.number_input("number.scheduler.gamma").set_value(0.75))
    assert source(app) == text.replace('"lr": 0.5', '"lr": 0.25').replace("gamma=0.5", "gamma=0.75")


def test_two_optimizers_each_have_a_field_for_each_of_their_numbers() -> None:
    two = "optimizer = optim.SGD([W], lr=0.1)\nother = optim.SGD([b], lr=0.5, momentum=0.25)"
    text = DEFAULT.replace("optimizer = optim.SGD([W, b], lr=0.1)", two)
    text = text.replace("    optimizer.step()\n", "    optimizer.step()\n    other.step()\n")
    app = page(text, opened={"Optimizer"})
    assert app.number_input("number.optimizer.lr").value == 0.1
    run(app.number_input("number.other.momentum").set_value(0.75))
    assert source(app) == text.replace("momentum=0.25", "momentum=0.75")


def test_lbfgs_and_muon_show_their_counts() -> None:
    lbfgs = DEFAULT.replace("optim.SGD([W, b], lr=0.1)", "optim.LBFGS([W, b], lr=0.5, max_iter=4)")
    app = page(lbfgs, opened={"Optimizer"})
    assert (app.number_input("LBFGS.max_iter").value, app.number_input("LBFGS.history_size").value) == (4, 100)
    run(app.number_input("LBFGS.max_iter").set_value(7))
    assert line(app, "optimizer").endswith("lr=0.5, max_iter=7)")


def test_data_of_another_length_or_dimension_have_tables_and_fields_of_their_own() -> None:
    text = "import torch\nx = torch.tensor([1.0, 2.0])\ny = torch.tensor([3.0, 4.0])\ngoal = torch.tensor(2.0)\n"
    text += "K = torch.tensor([[[1.0, 2.0]], [[5.0, 6.0]]])\n"
    app = page(text, opened={"Data"})
    assert [list(table.value.columns) for table in app.data_editor] == [["x", "y"], ["0", "1"]]
    assert app.data_editor[1].value.to_numpy().tolist() == [["1.0", "2.0"], ["5.0", "6.0"]]
    run(app.number_input("data.goal").set_value(2.5))
    assert line(app, "goal") == "goal = torch.tensor(2.5)"


def test_a_click_that_still_sends_an_old_value_does_not_change_the_program_back() -> None:
    """The browser may send a second Undo before it knows that the first changed the fields."""
    app = page(DEFAULT, opened={"Program", "Optimizer"})
    run(app.number_input("leaf.W").set_value(2.25))
    run(app.number_input("leaf.b").set_value(-1.0))
    run(app.number_input("lr.field").set_value(0.5))
    before = shown(app)
    run(app.button("editor.undo").click())
    as_of(app, before)
    app.number_input("lr.field").set_value(0.5)
    app.select_slider("lr.slider").set_value(0.5)
    run(app.button("editor.undo").click())
    as_of(app, before)
    app.number_input("leaf.b").set_value(-1.0)
    run(app.button("editor.undo").click())
    assert source(app) == DEFAULT
    assert app.number_input("leaf.W").value == -0.5
    run(app.number_input("leaf.W").set_value(2.25))
    assert line(app, "W =") == "W = torch.tensor([2.25], requires_grad=True)"


def test_a_field_sent_before_a_response_is_set_to_the_programs_value_once_more() -> None:
    """Back, and Forward before the response: the second message has the value that the first response replaces."""
    app = page(DEFAULT, opened={"Program"})
    run(app.number_input("leaf.W").set_value(2.25))
    run(app.text_area("editor.text").set_value(source(app)))
    before, changed = shown(app), source(app)
    run(app.button("editor.undo").click())
    app.session_state["source"] = changed
    as_of(app, before)
    run(app.number_input("leaf.W").set_value(2.25))
    assert app.number_input("leaf.W").value == 2.25
    assert app.number_input("leaf.W").proto.set_value  # the browser shows −0.5 by now
    run(app)
    assert not app.number_input("leaf.W").proto.set_value
    assert source(app) == changed


def test_a_value_typed_over_an_older_program_counts() -> None:
    app = page(DEFAULT, opened={"Program"})
    run(app.number_input("leaf.W").set_value(2.25))
    before = shown(app)
    run(app.button("editor.undo").click())
    as_of(app, before)
    run(app.number_input("leaf.W").set_value(7.0))
    assert line(app, "W =") == "W = torch.tensor([7.0], requires_grad=True)"
    assert app.number_input("leaf.W").value == 7.0


def test_a_value_that_a_stopped_callback_missed_is_taken_when_the_field_is_drawn() -> None:
    app = page()
    with patch("viz.page.binding.is_typed", return_value=False):
        run(app.number_input("leaf.W").set_value(7.0))
    assert line(app, "W =") == "W = torch.tensor([7.0], requires_grad=True)"
    assert app.number_input("leaf.W").value == 7.0


@pytest.mark.parametrize("program", [DEFAULT, DEFAULT.replace("-0.5", "0.25")])
def test_a_new_session_takes_a_typed_value_if_the_fields_are_those_of_its_program(program: str) -> None:
    """The page reconnects to another server: its first message has a number that was typed meanwhile."""
    before = page()
    before.number_input("leaf.b").set_value(2.0)
    before.selectbox("Optimizer").set_value("Adam")
    before.text_input("seen").set_value(f"another.7.{run_id(program)}")
    app = AppTest.from_string(SCRIPT, default_timeout=60)
    app.session_state["opened"] = GROUPS
    app._run(before._tree.get_widget_states())  # the widget states that the browser has and sends
    assert not app.exception
    taken = program == DEFAULT
    assert app.number_input("leaf.b").value == (2.0 if taken else 0.5)
    assert line(app, "b =") == f"b = torch.tensor([{2.0 if taken else 0.5}], requires_grad=True)"
    assert line(app, "optimizer") == f"optimizer = optim.{'Adam' if taken else 'SGD'}([W, b], lr=0.1)"


def shown(app: AppTest) -> str:
    """The hidden field's account of what the browser has shown."""
    return str(app.text_input("seen").value)


def as_of(app: AppTest, seen: str) -> None:
    """Let the next message be sent before the browser shows more than `seen`."""
    app.text_input("seen").set_value(seen)


def test_a_click_that_still_names_a_preset_does_not_restore_it() -> None:
    app = page(DEFAULT, opened={"Program"})
    bowl = "Quadratic bowl"
    run(app.selectbox("start").set_value(bowl))
    first = next(str(field.key) for field in app.number_input if str(field.key).startswith("leaf."))
    run(app.number_input(first).set_value(9.0))
    run(app.button("editor.undo").click())
    assert app.selectbox("start").value == bowl
    run(app.button("editor.undo").click())
    app.selectbox("start").set_value(bowl)
    run(app.button("editor.default").click())
    assert source(app) == DEFAULT


def test_a_value_typed_again_after_the_browser_has_the_change_counts() -> None:
    app = page(DEFAULT, opened={"Program"})
    run(app.number_input("leaf.W").set_value(2.25))
    run(app.button("editor.undo").click())
    run(app)  # any next message of the browser has the program's value
    run(app.number_input("leaf.W").set_value(2.25))
    assert line(app, "W =") == "W = torch.tensor([2.25], requires_grad=True)"
