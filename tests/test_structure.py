"""The shape of the house: imports point one way, nothing heavy at import, every spec is complete."""

from __future__ import annotations

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from tryon.catalog import build_catalog
from tryon.runtime.film import working_size
from tryon.spec import TransferSpec, VideoSpec

ROOT = Path(__file__).parent.parent
# Lower may not import higher. A room is a module or a package right below tryon/.
LAYERS = (
    {"types", "events", "errors", "notes", "settings"},
    {"spec"},
    {"guard", "gate", "media", "parsing", "masking", "judging", "prints", "nets", "weights", "runtime", "previews"},
    {"transfer", "video"},
    {"catalog"},
    {"plan", "fitting", "wearing", "trying", "loader", "retreat"},
    {"filming"},
    {"pipeline"},
    {"ui", "cli", "api", "table", "serve", "evaluate", "train", "__main__"},
)
LEVEL = {room: level for level, rooms in enumerate(LAYERS) for room in rooms}
# Where a heavy library may be imported at a module's top.
HOMES = {
    "torch": {"nets", "train"},
    "diffusers": set(),
    "transformers": set(),
    "accelerate": {"train"},
    "onnxruntime": {"train"},
    "gradio": {"ui"},
    "rembg": set(),
    "numba": {"train"},
}
MODULES = sorted((ROOT / "tryon").rglob("*.py"))


def room_of(path: Path) -> str:
    parts = path.relative_to(ROOT / "tryon").parts
    return parts[0].removesuffix(".py")


@cache
def read(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def imports(tree: ast.AST, *, top_only: bool) -> list[str]:
    nodes = tree.body if top_only else list(ast.walk(tree))  # type: ignore[attr-defined]
    names: list[str] = []
    for node in nodes:
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.append(node.module)
            names += [f"{node.module}.{alias.name}" for alias in node.names if node.module == "tryon"]
    return names


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_point_down(path: Path) -> None:
    room = room_of(path)
    if room == "__init__":
        return
    assert room in LEVEL, f"{room} has no place in the layers"
    for name in imports(read(path), top_only=False):
        other = name.split(".")[1] if name.startswith("tryon.") else ""
        if other in LEVEL and other != room:
            assert LEVEL[other] <= LEVEL[room], f"{path.name} looks up at {name}"


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_heavy_libraries_stay_at_home(path: Path) -> None:
    for name in imports(read(path), top_only=True):
        library = name.split(".")[0]
        if library in HOMES:
            assert room_of(path) in HOMES[library], f"{path.name} imports {library} at its top"


def test_nothing_unpickles() -> None:
    others = [path for room in ("assets", "benchmarks", "docs") for path in (ROOT / room).rglob("*.py")]
    for path in [*MODULES, *others, ROOT / "app.py"]:
        for node in ast.walk(read(path)):
            if not isinstance(node, ast.Call):
                continue
            called = ast.unparse(node.func)
            words = {k.arg for k in node.keywords}
            assert called not in ("pickle.load", "pickle.loads", "joblib.load"), path
            assert "trust_remote_code" not in words and "custom_pipeline" not in words, path
            if called == "torch.load":
                safe = [k.value for k in node.keywords if k.arg == "weights_only"]
                assert safe and ast.unparse(safe[0]) == "True", path


def test_import_is_light() -> None:
    code = (
        "import sys, time; t = time.perf_counter(); import tryon, tryon.types, tryon.errors; "
        "took = time.perf_counter() - t; "
        "heavy = {'torch', 'gradio', 'diffusers', 'transformers', 'onnxruntime'} & set(sys.modules); "
        "print(took, heavy); sys.exit(bool(heavy))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_catalogue_loads_without_heavy_libraries() -> None:
    code = (
        "import sys; from tryon.catalog import build_catalog; build_catalog(); "
        "heavy = {'torch', 'gradio', 'diffusers', 'transformers', 'onnxruntime', 'rembg'} & set(sys.modules); "
        "print(heavy); sys.exit(bool(heavy))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("entry", build_catalog().entries, ids=lambda e: f"{e.spec.kind}-{e.spec.name}")
def test_every_spec_is_complete(entry: object) -> None:
    spec = entry.spec  # type: ignore[attr-defined]
    for field in ("name", "title", "family", "about", "licence", "source"):
        assert getattr(spec, field).strip(), f"{spec.name} has no {field}"
    assert spec.name == spec.name.lower() and " " not in spec.name
    for weights in spec.weights:
        assert weights.repo.count("/") == 1
        assert weights.revision is None or len(weights.revision) == 40
    if isinstance(spec, VideoSpec):
        k, r = spec.frame_rule
        assert any(n % k == r for n in range(spec.frames[0], spec.frames[1] + 1))
        assert {(480, 640), (720, 1280)} <= set(spec.sizes), "always among the choices"
        for size in (*spec.sizes, *((h, w) for w, h in spec.sizes)):
            width, height = working_size(spec, *size)
            assert width % spec.stride == 0 and height % spec.stride == 0
            assert spec.native or spec.max_area == 0 or width * height <= spec.max_area
    if isinstance(spec, TransferSpec):
        assert spec.categories
        assert all(w % spec.stride == 0 and h % spec.stride == 0 for w, h in spec.sizes)
    if isinstance(spec, VideoSpec | TransferSpec):
        low, high, default = spec.steps
        assert low <= default <= high


def test_requirements_are_above_the_known_holes() -> None:
    """Floors of the ledger of known holes, as version tuples."""
    floors = {
        "gradio": (6, 31),
        "starlette": (1, 3, 1),
        "python-multipart": (0, 0, 30),
        "pillow": (12, 3),
        "torch": (2, 10),
        "diffusers": (0, 38),
        "transformers": (5, 10),
        "safetensors": (0, 8),
        "rembg": (2, 0, 75),
        "brotli": (1, 2, 1),
    }
    for name in ("requirements.txt", "requirements-embedded.txt"):
        pins = dict(
            line.split("==") for line in (ROOT / name).read_text().splitlines() if line and not line.startswith("#")
        )
        assert not {"onnxruntime", "onnxruntime-gpu"} <= set(pins)
        for package, floor in floors.items():
            if package in pins:
                assert tuple(int(v) for v in pins[package].split(".")) >= floor, package
    embedded = (ROOT / "requirements-embedded.txt").read_text()
    assert "torch" not in embedded.replace("without torch", "")


def test_browser_tests_lie_in_their_folder() -> None:
    """`make test` looks for them nowhere else."""
    tests, mark = ROOT / "tests", ".".join(("pytest", "mark", "browser"))
    marked = {path.parent for path in tests.rglob("*.py") if mark in path.read_text()}
    assert marked == {tests / "browser"}


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_no_constant_is_set_twice(path: Path) -> None:
    """The second would silently be meant where the first is used."""
    set_to = [target for node in read(path).body if isinstance(node, ast.Assign) for target in node.targets]
    flat = [name for one in set_to for name in (one.elts if isinstance(one, ast.Tuple) else [one])]
    names = [name.id for name in flat if isinstance(name, ast.Name) and name.id.isupper()]
    assert len(names) == len(set(names))
