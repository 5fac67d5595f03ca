"""What a program may write although it changes nothing here: each entry has the sentence that says so.

Such a call returns nothing, and its arguments are evaluated only if that has an effect.
"""

from __future__ import annotations

from viz.language.runtime.entries import Library, Skipped

_DRAWS = "Nothing is drawn here: the page has charts of its own."
_THREADS = "The page decides how many threads PyTorch has: this line changes nothing."
_SAME = "Every run is the same here: this line changes nothing."
_NO_GPU = "There is no GPU here: this line changes nothing."
_WARNS = "The page shows every warning beside its line: this line changes nothing."
_STEPS = "The page stops wherever you like, so this line does nothing: step with the arrow keys."
_MACHINE = "No setting of a machine changes a run here: this line does nothing."
_COLLECTS = "The page frees memory itself: this line changes nothing."
_SHOWN = "What is printed is shown at once: this line changes nothing."
_FUTURE = "Python 3 works like this already: this line changes nothing."

#: The functions and settings that change nothing here, by their names in Python, each with its sentence.
SKIPPED: dict[str, Skipped] = {
    name: Skipped(name, says)
    for name, says in {
        "torch.set_num_threads": _THREADS,
        "torch.set_num_interop_threads": _THREADS,
        "torch.use_deterministic_algorithms": _SAME,
        "torch.backends.cudnn.deterministic": _SAME,
        "torch.backends.cudnn.benchmark": _SAME,
        "torch.backends.cudnn.enabled": _SAME,
        "torch.cuda.manual_seed": _NO_GPU,
        "torch.cuda.manual_seed_all": _NO_GPU,
        "torch.cuda.empty_cache": _NO_GPU,
        "warnings.filterwarnings": _WARNS,
        "warnings.simplefilter": _WARNS,
        "pdb.set_trace": _STEPS,
        "gc.collect": _COLLECTS,
        "os.environ": _MACHINE,
        "sys.stdout.flush": _SHOWN,
        "__future__": _FUTURE,
        "matplotlib": _DRAWS,
        "mpl_toolkits": _DRAWS,
        "seaborn": _DRAWS,
        "IPython": _DRAWS,
    }.items()
}

_NOTEBOOK = "This line is for a notebook: it changes nothing here."
_INSTALLS = "A program installs nothing here, so this line does nothing."
#: The commands of a notebook that change nothing here, by their first words.
COMMANDS: dict[str, str] = {
    "%matplotlib": _DRAWS,
    "%config": _NOTEBOOK,
    "%load_ext": _NOTEBOOK,
    "%reload_ext": _NOTEBOOK,
    "%autoreload": _NOTEBOOK,
    "%pip": _INSTALLS,
    "!pip": _INSTALLS,
}


def members(library: str) -> dict[str, Skipped]:
    """The entries of one library, by their names in it."""
    return {name.rpartition(".")[2]: one for name, one in SKIPPED.items() if name.rpartition(".")[0] == library}


#: The libraries of which a program sees nothing else, by their names.
LIBRARIES: dict[str, Library] = {name: Library(name, members(name)) for name in ("warnings", "pdb", "gc", "os")}
