"""The arrows: who may import whom, where Blender may be, and what stays out of the package.

The checks are functions from a module's name and source to what is wrong with it, so that they can be shown
to fail.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "lsblender"

#: Modules at the root of the package that everything may import, and that import only each other.
FOUNDATION = {"registry", "settings", "errors", "files", "libraries", "pace", "version"}
#: What each stage may import besides itself and the foundation.
ARROWS: dict[str, set[str]] = {
    "engine": set(),
    "look": set(),
    "storyboard": {"engine", "look"},
    "exchange": {"engine", "look", "storyboard"},
    "scene": {"engine", "look", "storyboard"},
    "render": {"storyboard", "scene"},
    "ui": {"engine", "look", "storyboard", "exchange", "scene", "render"},
    "cli": {"engine", "look", "storyboard", "exchange", "scene", "render", "terminal"},
    "films": {"engine", "storyboard", "scene", "render"},
    "terminal": set(),
    "__main__": {"cli"},
    "__init__": {"ui"},
} | {name: set() for name in FOUNDATION}

#: What single modules may import besides: exchange builds what Blender exports with the scene's own functions.
MORE: dict[str, set[str]] = {"exchange.meshes": {"scene"}}

BLENDER = {
    "bpy",
    "mathutils",
    "bmesh",
    "bpy_extras",
    "bpy_types",
    "bl_ui",
    "gpu",
    "blf",
    "aud",
    "addon_utils",
    "_cycles",
}
WITH_BLENDER = {"scene", "render", "ui"}
SLOW = {"sklearn", "scipy", "pyfive", "torch"}


def is_blender(module: str) -> bool:
    """Whether a module of the package may import Blender at run time."""
    return module.split(".")[0] in WITH_BLENDER or module == "exchange.meshes"


# -- reading imports -----------------------------------------------------------------------------------------


class Imports(ast.NodeVisitor):
    """Each import of a module: name, line, whether inside a function, whether for type checkers only."""

    def __init__(self, module: str, is_package: bool) -> None:
        parts = [part for part in module.split(".") if part]
        self.parents = parts if is_package else parts[:-1]
        self.found: list[tuple[str, int, bool, bool]] = []
        self.in_function = False
        self.for_types = False

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self.add(alias.name, node)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        if node.level == 0:
            self.add(node.module or "", node)
            return
        up = len(self.parents) - (node.level - 1)
        base = ["", *self.parents[:up], *([node.module] if node.module else [])] if up >= 0 else ["", "outside"]
        names = [""] if node.module else [alias.name for alias in node.names]
        for name in names:
            self.add(".".join([*base, name]).rstrip(".") or ".", node)

    def visit_If(self, node: ast.If) -> None:
        if ast.unparse(node.test) not in ("TYPE_CHECKING", "typing.TYPE_CHECKING"):
            self.generic_visit(node)
            return
        self.for_types = True
        for child in node.body:
            self.visit(child)
        self.for_types = False
        for child in node.orelse:
            self.visit(child)

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> None:
        outer, self.in_function = self.in_function, True
        self.generic_visit(node)
        self.in_function = outer

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self.visit_FunctionDef(node)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self.visit_FunctionDef(node)

    def visit_Call(self, node: ast.Call) -> None:
        called = ast.unparse(node.func).rpartition(".")[2]
        if called in ("import_module", "__import__") and node.args and isinstance(node.args[0], ast.Constant):
            self.add(str(node.args[0].value), node)
        self.generic_visit(node)

    def add(self, name: str, node: ast.AST) -> None:
        self.found.append((name, getattr(node, "lineno", 0), self.in_function, self.for_types))


def wrong_imports(module: str, source: str, is_package: bool = False) -> list[str]:
    """What is wrong with the imports of a module, which is named from the package on: `engine.models`."""
    reader = Imports(module, is_package)
    reader.visit(ast.parse(source))
    stage = module.split(".")[0] or "__init__"
    if stage not in ARROWS:
        return [f"{module}: no such stage in the architecture"]
    allowed = ARROWS[stage] | MORE.get(module, set())
    problems = []
    for name, line, in_function, for_types in reader.found:
        top = name.split(".")[0]
        target = name.split(".")[1] if name.startswith(".") and name != "." else ""
        if top == "lsblender":
            problems.append(f"{module}:{line} imports '{name}' by its absolute name")
        elif name.startswith(".") and target not in {stage, *FOUNDATION, *allowed}:
            problems.append(f"{module}:{line} imports '{target or 'the package itself'}' against the arrows")
        elif top in BLENDER and not for_types and not is_blender(module):
            problems.append(f"{module}:{line} imports {name}, and is no Blender stage")
        elif top in SLOW and not in_function and not for_types:
            problems.append(f"{module}:{line} imports {name} outside of a function")
    return problems


# -- the house's rules for the package -----------------------------------------------------------------------


def wrong_style(module: str, source: str) -> list[str]:
    """Broad excepts, prints outside the command line, code that is run from data."""
    problems = []
    for node in ast.walk(ast.parse(source)):
        line = f"{module}:{getattr(node, 'lineno', 0)}"
        if isinstance(node, ast.ExceptHandler):
            kinds = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
            if any(kind is None or ast.unparse(kind) in ("Exception", "BaseException") for kind in kinds):
                problems.append(f"{line} has a bare or broad except")
        elif isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            if called == "print" and module.split(".")[0] != "cli":
                problems.append(f"{line} prints; use logging")
            if called in ("eval", "exec", "joblib.load"):
                problems.append(f"{line} calls {called}")
            if any(word.arg == "allow_pickle" and ast.unparse(word.value) != "False" for word in node.keywords):
                problems.append(f"{line} allows pickles")
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names = [alias.name for alias in node.names] + [getattr(node, "module", None) or ""]
            if {"pickle", "cloudpickle", "dill", "shelve", "marshal"} & {name.split(".")[0] for name in names}:
                problems.append(f"{line} imports a pickler")
    return problems


# -- over the tree -------------------------------------------------------------------------------------------


def modules() -> Iterator[tuple[str, Path]]:
    """(name from the package on, file) of every module there is."""
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path


def test_imports_follow_the_arrows() -> None:
    problems = []
    for name, path in modules():
        problems += wrong_imports(name, path.read_text(encoding="utf-8"), path.name == "__init__.py")
    assert len(list(modules())) > 10
    assert problems == []


def test_arrows_point_one_way() -> None:
    """No stage reaches itself."""
    reached = {stage: set(targets) for stage, targets in ARROWS.items()}
    for module, targets in MORE.items():
        reached[module.split(".")[0]] |= targets
    for _ in ARROWS:
        for targets in reached.values():
            targets |= {far for near in list(targets) for far in reached[near]}
    assert [stage for stage, targets in reached.items() if stage in targets] == []


def test_house_rules() -> None:
    problems = [p for name, path in modules() for p in wrong_style(name, path.read_text(encoding="utf-8"))]
    assert problems == []


def test_modules_are_short() -> None:
    lengths = {str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines()) for _, path in modules()}
    assert {name: length for name, length in lengths.items() if length > 300} == {}


# -- the checks can fail -------------------------------------------------------------------------------------

WRONG_IMPORTS = [
    ("engine.models", "from ..storyboard import Shot", "imports 'storyboard' against the arrows"),
    ("engine.models", "from ..look.palettes import Palette", "imports 'look' against the arrows"),
    ("engine.models", "from .. import scene", "imports 'scene' against the arrows"),
    (
        "engine.models",
        "def f():\n    from ..scene.build import build_scene",
        "imports 'scene' against the arrows",
    ),
    (
        "engine.models",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from ..ui import panels",
        "'ui'",
    ),
    ("engine.models", "from ... import elsewhere", "imports 'outside' against the arrows"),
    ("engine.models", "import lsblender.errors", "by its absolute name"),
    ("engine.models", "from lsblender.errors import LsbError", "by its absolute name"),
    ("engine.models", "import importlib\nimportlib.import_module('lsblender.ui')", "by its absolute name"),
    ("engine.models", "import bpy", "imports bpy, and is no Blender stage"),
    (
        "engine.models",
        "def f():\n    from mathutils import Vector",
        "imports mathutils, and is no Blender stage",
    ),
    ("engine.models", "__import__('bpy')", "imports bpy, and is no Blender stage"),
    ("exchange.point_cloud", "import bpy.types", "imports bpy.types, and is no Blender stage"),
    ("exchange.point_cloud", "from ..scene import ball", "imports 'scene' against the arrows"),
    ("cli", "import bpy", "imports bpy, and is no Blender stage"),
    ("cli", "from .ui import panels", "imports 'ui' against the arrows"),
    ("cli", "from . import ui", "imports 'ui' against the arrows"),
    ("settings", "from .engine import Experiment", "imports 'engine' against the arrows"),
    ("scene.build", "from ..exchange.meshes import export", "imports 'exchange' against the arrows"),
    ("storyboard.motion", "from ..scene import ball", "imports 'scene' against the arrows"),
    ("engine.models", "import scipy.special", "imports scipy.special outside of a function"),
    ("scene.build", "class A:\n    from sklearn.svm import SVC", "imports sklearn.svm outside of a function"),
    ("engine.models", "try:\n    import sklearn\nexcept ImportError:\n    pass", "outside of a function"),
    ("core.manager", "import math", "no such stage in the architecture"),
]


@pytest.mark.parametrize(("module", "source", "message"), WRONG_IMPORTS)
def test_wrong_import_is_found(module: str, source: str, message: str) -> None:
    problems = wrong_imports(module, source)
    assert len(problems) == 1
    assert message in problems[0]


@pytest.mark.parametrize(
    ("module", "is_package", "source"),
    [
        ("", True, "def register():\n    from . import ui\n    ui.register()"),
        ("engine", True, "from .models import MODELS\nfrom ..errors import LsbError"),
        (
            "engine.models",
            False,
            "from .datasets import Dataset\nfrom . import objective\nfrom .. import errors",
        ),
        ("engine.models", False, "def f():\n    from scipy.special import expit\n    import sklearn"),
        (
            "look.materials",
            False,
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import bpy, scipy",
        ),
        ("exchange.meshes", False, "import bpy\nfrom ..scene.ball import build_ball"),
        ("scene.build", False, "import bpy\nfrom ..engine import Landscape"),
        ("cli", False, "from .errors import LsbError\ndef f():\n    from .scene.build import build_scene"),
        ("__main__", False, "from .cli import run"),
        ("ui.job", False, "from ..engine import Experiment\nfrom .. import version"),
    ],
)
def test_right_import_is_let_through(module: str, is_package: bool, source: str) -> None:
    assert wrong_imports(module, source, is_package) == []


def test_else_of_type_checking_is_run_time() -> None:
    source = "if TYPE_CHECKING:\n    import bpy\nelse:\n    import mathutils"
    assert wrong_imports("look.materials", source) == ["look.materials:4 imports mathutils, and is no Blender stage"]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("try:\n    pass\nexcept:\n    pass", "bare or broad except"),
        ("try:\n    pass\nexcept Exception as error:\n    raise", "bare or broad except"),
        ("try:\n    pass\nexcept (OSError, BaseException):\n    pass", "bare or broad except"),
        ("print('hello')", "prints; use logging"),
        ("eval('1')", "calls eval"),
        ("exec('1')", "calls exec"),
        ("import numpy as np\nnp.load('a.npz', allow_pickle=True)", "allows pickles"),
        ("from pickle import loads", "imports a pickler"),
    ],
)
def test_wrong_style_is_found(source: str, message: str) -> None:
    problems = wrong_style("engine.models", source)
    assert len(problems) == 1
    assert message in problems[0]


def test_right_style_is_let_through() -> None:
    source = "try:\n    pass\nexcept (OSError, ValueError):\n    pass\nnp.load('a.npz', allow_pickle=False)"
    assert wrong_style("engine.models", source) == []
    assert wrong_style("cli", "print('done')") == []


# -- without Blender -----------------------------------------------------------------------------------------


def run_python(script: str) -> str:
    """What a fresh interpreter prints for the script."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


BLOCK_BLENDER = f"import sys\nfor name in {sorted(BLENDER)}:\n    sys.modules[name] = None\n"


def test_runs_without_blender() -> None:
    pure = [f"lsblender.{name}".rstrip(".") for name, _ in modules() if not is_blender(name) and name != "__main__"]
    assert "lsblender.engine.models" in pure
    script = f"""{BLOCK_BLENDER}
import importlib
for name in {pure}:
    importlib.import_module(name)
from lsblender.engine import Experiment
landscape = Experiment(resolution=(9, 8), steps=5).run()
print(landscape.loss.shape, landscape.paths[0].theta.shape)
"""
    assert run_python(script) == "(8, 9) (6, 4)\n"


def test_blocking_blender_blocks_it() -> None:
    script = f"{BLOCK_BLENDER}\ntry:\n    import bpy\nexcept ImportError as error:\n    print(error)"
    assert "bpy" in run_python(script)


def test_importing_is_light() -> None:
    """Enabling the add-on must not wait for scikit-learn, nor `import lsblender` need Blender."""
    pure = [f"lsblender.{name}".rstrip(".") for name, _ in modules() if not is_blender(name) and name != "__main__"]
    script = f"""
import importlib, sys
import lsblender
assert "numpy" not in sys.modules
for name in {pure}:
    importlib.import_module(name)
print([name for name in {sorted(SLOW | BLENDER)} if name in sys.modules])
"""
    assert run_python(script) == "[]\n"
