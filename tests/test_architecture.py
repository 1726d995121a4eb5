"""The house rules that a machine can hold: light import, decorators, name clashes, twins apart, one test command."""

import ast
import importlib
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SOURCES = sorted((ROOT / "kexuestat").rglob("*.py"))
HEAVY = ("numba", "scipy", "sklearn", "networkx", "ot", "tensorflow", "pandas", "matplotlib", "numpy")
PACKAGES = ["kexuestat", *(f"kexuestat.{p}" for p in ("estimation", "graph", "smooth", "text", "transport"))]


def _in_fresh_process(code):
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    return done.stdout.strip()


def test_import_loads_nothing_heavy():
    parts = ", ".join(PACKAGES)
    code = f"import sys, {parts}; print(*[m for m in {HEAVY!r} if m in sys.modules])"
    assert _in_fresh_process(code) == ""


def test_import_takes_less_than_150_milliseconds():
    code = "import time; t = time.perf_counter(); import kexuestat; print(time.perf_counter() - t)"
    assert min(float(_in_fresh_process(code)) for _ in range(3)) < 0.15


@pytest.mark.parametrize("package", PACKAGES)
def test_every_public_name_resolves_and_has_a_docstring(package):
    module = importlib.import_module(package)
    for name in module.__all__:
        value = getattr(module, name)
        assert name == "__version__" or value.__doc__, f"{package}.{name} has no docstring"


@pytest.mark.parametrize("package", PACKAGES)
def test_no_public_name_equals_a_module_beside_it(package):
    module = importlib.import_module(package)
    files = {info.name for info in pkgutil.iter_modules(module.__path__)}
    own = set(module.__all__) - {p.rpartition(".")[2] for p in PACKAGES}
    assert own & files == set()


def test_every_compiled_function_gets_its_options_from_one_home():
    for path in SOURCES:
        text = path.read_text()
        if path.name != "_jit.py":
            assert not re.search(r"\b(njit|jit|vectorize|guvectorize|cfunc)\b\s*[(.]|import (njit|jit)\b", text), path


def test_kernel_functions_wear_a_decorator_or_say_why_not():
    kernels = (ROOT / "kexuestat" / "_kernels").glob("[a-z]*.py")
    for path in kernels:
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.FunctionDef):
                names = {d.id for d in node.decorator_list if isinstance(d, ast.Name)}
                known = {"kernel", "inline_kernel", "parallel_kernel", "sum_kernel", "callback_kernel"}
                known |= {"bare_kernel", "bare_inline_kernel"}
                assert names & known, f"{path}: {node.name}"


def test_naive_twins_never_import_kexuestat():
    for path in (ROOT / "tests" / "naive").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                assert not any(alias.name.startswith("kexuestat") for alias in node.names), path
            if isinstance(node, ast.ImportFrom):
                assert not (node.module or "").startswith("kexuestat"), path


def test_no_source_file_is_longer_than_400_lines():
    assert {p.name: n for p in SOURCES if (n := len(p.read_text().splitlines())) > 400} == {}


def test_ci_runs_the_test_command_of_the_readme():
    readme = (ROOT / "README.md").read_text()
    command = re.search(r"<!-- test command -->\s*```bash\n(.*?)\n```", readme, re.S).group(1)
    assert command.strip() in (ROOT / ".ci" / "run").read_text()


def test_optional_packages_are_imported_in_their_one_home():
    homes = {
        "ot": "transport/exact.py",
        "tensorflow": "text/bert_tf.py",
        "matplotlib": "plot.py",
    }
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) and node.level == 0 else []
            for name in names:
                home = homes.get(name.partition(".")[0])
                assert home is None or path.as_posix().endswith(home), f"{path} imports {name}"
