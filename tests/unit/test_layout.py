"""The house is in order: what stands where, and how long it is."""

import ast
import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCES = {
    str(path.relative_to(ROOT)): path.read_text()
    for top in ("node", "tools")
    for path in sorted((ROOT / top).rglob("*.py"))
}
TREES = {name: ast.parse(source) for name, source in SOURCES.items()}
TOP_LEVEL = {
    *("pyproject.toml", "README.md", "LICENSE"),
    *("node", "firmware_config", "models", "systemd", "tests", "tools"),
}
LONGEST_MODULE_LINES = 300
LONGEST_FUNCTION_LINES = 40
"""30 by convention; the formatter's one value a line needs some room."""
WIRING = "node/app.py"
"""A long list of parts is its purpose, and a reason to be longer."""
LONGEST_WIRING_LINES = 350
VAGUE_NAMES = {"manager", "handler", "util", "utils", "helper", "helpers", "service", "processor"}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def body_lines(function: Function) -> int:
    """Lines of a function's body, its docstring not counted."""
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def test_a_modules_first_line_says_what_it_is():
    first_lines = {
        name: (ast.get_docstring(tree) or "").partition("\n")[0] for name, tree in TREES.items()
    }
    assert [name for name, line in first_lines.items() if not line.endswith((".", "?", "!"))] == []


def test_a_module_is_one_idea_long():
    lengths = {name: len(source.splitlines()) for name, source in SOURCES.items()}
    most = {WIRING: LONGEST_WIRING_LINES}
    too_long = {name: n for name, n in lengths.items() if n > most.get(name, LONGEST_MODULE_LINES)}
    assert too_long == {}


def test_a_function_fits_the_eye():
    functions = [
        (f"{name}: {node.name}", body_lines(node))
        for name, tree in TREES.items()
        if name.startswith("node/") and name != WIRING
        for node in ast.walk(tree)
        if isinstance(node, Function)
    ]
    assert [one for one in functions if one[1] > LONGEST_FUNCTION_LINES] == []


def test_no_module_has_a_vague_name():
    assert [name for name in SOURCES if VAGUE_NAMES & set(Path(name).stem.split("_"))] == []


def test_a_packages_init_is_a_docstring_only():
    inits = {name: tree for name, tree in TREES.items() if Path(name).name == "__init__.py"}
    assert [name for name, tree in inits.items() if len(tree.body) != 1] == []


def test_the_top_level_holds_only_what_the_house_needs():
    there = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")}
    built = {"build", "dist", "livesell_node.egg-info", "__pycache__"}
    assert there - built <= TOP_LEVEL


def test_the_set_up_gives_every_command_that_an_installation_gives():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    installed = {
        name: place.partition(".__main__")[0] for name, place in project["scripts"].items()
    }
    setup = (ROOT / "tools/setup.sh").read_text()
    assert dict(re.findall(r"^  install_command (\S+) (\S+)$", setup, re.MULTILINE)) == installed
