"""The rules of the house: small rooms, described doors, no pickles, no heavy guests at the table."""

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PARTS = ("service", "models", "knowledge_base", "training")
MODULES = sorted(path.relative_to(ROOT) for part in PARTS for path in (ROOT / part).rglob("*.py"))
SKIPPED = {".git", ".venv", "var", "dist", "build", "node_modules", "__pycache__"}
TEXT_FILES = {".py", ".md", ".toml", ".yaml", ".yml", ".html", ".css", ".js", ".json", ".txt", ".cfg", ".csv", ""}

LONGEST_FILE = 350
LONGEST_FUNCTION = 60
LONG_BY_NATURE = {"training/cli.py:train"}
"""`path:function` of functions that are long because they are lists. Migrations are histories and not measured."""

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
each_module = pytest.mark.parametrize("module", MODULES, ids=str)


@cache
def parsed(module: Path) -> ast.Module:
    """The syntax tree of a module."""
    return ast.parse((ROOT / module).read_text(encoding="utf-8"))


def is_migration(module: Path) -> bool:
    """Whether the module is one step of the database's history."""
    return "migrations" in module.parts


def public(node: ast.Module | ast.ClassDef, prefix: str = "") -> Iterator[tuple[str, Definition]]:
    """Public classes and functions of a module, and the public methods and properties of public classes."""
    for child in node.body:
        if isinstance(child, Definition) and not child.name.startswith("_"):
            yield f"{prefix}{child.name}", child
            if isinstance(child, ast.ClassDef):
                yield from public(child, f"{child.name}.")


def described_elsewhere(tree: ast.Module) -> set[str]:
    """Protocols, whose own words describe their methods, and the methods that implement them in the same module."""
    found = [
        node
        for node in tree.body
        if isinstance(node, ast.ClassDef) and any("Protocol" in ast.unparse(base) for base in node.bases)
    ]
    return {node.name for node in found} | {
        child.name for node in found for child in node.body if isinstance(child, Definition)
    }


def is_plain(function: Definition) -> bool:
    """A property or method of one statement under a class that is described needs no second description."""
    return not isinstance(function, ast.ClassDef) and len(function.body) == 1


def files() -> Iterator[Path]:
    """Every text file of the repository that is not made by a tool."""
    for folder, names, found in os.walk(ROOT):
        names[:] = [name for name in names if name not in SKIPPED and not name.endswith((".egg-info", "_cache"))]
        names[:] = [name for name in names if name != ".hypothesis"]
        for name in found:
            if Path(name).suffix in TEXT_FILES and name != ".coverage":
                yield Path(folder) / name


def test_the_four_parts_are_looked_at() -> None:
    assert len(MODULES) > 100
    assert {module.parts[0] for module in MODULES} == set(PARTS)


@each_module
def test_a_file_is_a_room_and_not_a_hall(module: Path) -> None:
    lines = len((ROOT / module).read_text(encoding="utf-8").splitlines())
    assert lines <= LONGEST_FILE, f"{module} has {lines} lines; a room is missing"


@each_module
def test_a_function_fits_a_screen(module: Path) -> None:
    if is_migration(module):
        return
    long = [
        f"{module}:{node.name} ({node.end_lineno - node.lineno + 1} lines)"
        for node in ast.walk(parsed(module))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno + 1 > LONGEST_FUNCTION
        and f"{module}:{node.name}" not in LONG_BY_NATURE
    ]
    assert not long


@each_module
def test_a_module_says_what_it_is_for(module: Path) -> None:
    assert ast.get_docstring(parsed(module)), f"{module} has no docstring"


@each_module
def test_every_public_class_and_function_says_what_it_promises(module: Path) -> None:
    if is_migration(module):
        return
    tree = parsed(module)
    described = described_elsewhere(tree)
    silent = [
        name
        for name, node in public(tree)
        if not ast.get_docstring(node)
        and not ("." in name and (is_plain(node) or described & set(name.split("."))))
        and not any("overload" in ast.unparse(decorator) for decorator in node.decorator_list)
    ]
    assert not silent, f"{module}: {', '.join(silent)}"


def imports(module: Path) -> set[str]:
    """The top packages that a module imports, wherever in it."""
    found: set[str] = set()
    for node in ast.walk(parsed(module)):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            found.add((node.module or "").split(".")[0])
    return found


@each_module
def test_nothing_is_pickled(module: Path) -> None:
    assert not imports(module) & {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}


@each_module
def test_service_and_training_do_not_know_each_other(module: Path) -> None:
    stranger = {"service": "training", "training": "service"}.get(module.parts[0])
    assert stranger not in imports(module)


@each_module
def test_torch_is_imported_by_the_encoders_that_need_it_only(module: Path) -> None:
    heavy = imports(module) & {"torch", "sentence_transformers", "onnxruntime", "transformers"}
    assert not heavy or module.parts[:2] == ("models", "encoders") or module == Path("training/tuning.py")


def test_tests_are_found_by_their_path_and_need_no_packages() -> None:
    assert [str(path) for path in (ROOT / "tests").rglob("__init__.py")] == []


def test_no_file_points_outside_the_repository() -> None:
    outside = "../" + "shared"
    naming = [str(path.relative_to(ROOT)) for path in files() if outside in path.read_text(encoding="utf-8")]
    assert not naming


def test_every_file_is_utf8_text_without_windows_line_ends() -> None:
    assert [str(path) for path in files() if path.stat().st_size < 2**20 and b"\r\n" in path.read_bytes()] == []


@pytest.mark.slow
def test_serving_needs_no_torch(trained_model: Path, tmp_path: Path) -> None:
    """Neither the program nor a reader with the default model loads it; it would cost seconds and 300 MB."""
    program = """
import sys
import service.cli
from service.office import now_utc
from service.offline import open_reading
from service.settings import Settings
from service.understanding import Context

few = sys.argv[1]
reading = open_reading(Settings(), articles=__import__("pathlib").Path(few))
understood = reading.reader.understand("забыл пин-код от карты", Context(), now_utc())
assert understood.intent == "card_pin", understood
heavy = {"torch", "sentence_transformers", "transformers", "onnxruntime"} & set(sys.modules)
assert not heavy, heavy
print("light")
"""
    few = tmp_path / "few.csv"
    few.write_text("question,answer\nкак сменить пин,В приложении\n", encoding="utf-8")
    environment = os.environ | {"OTKLIK_VAR_DIR": str(tmp_path), "OTKLIK_MODEL_DIR": str(trained_model)}
    done = subprocess.run(
        [sys.executable, "-c", program, str(few)],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.stdout.strip() == "light", done.stderr
