"""The entry point: comes up without a model, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_app_answers_before_any_model_is_loaded_and_ends_clean(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {**os.environ, "TRYON_HOME": str(tmp_path / "home"), "TRYON_PORT": str(port)}
    process = subprocess.Popen([sys.executable, "app.py"], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    try:
        end = time.monotonic() + 120
        while True:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as answer:
                    assert answer.status == 200
                break
            except OSError:
                assert process.poll() is None and time.monotonic() < end
                time.sleep(0.1)
        status = Path(f"/proc/{process.pid}/status")
        if status.exists():
            resident = next(line for line in status.read_text().splitlines() if line.startswith("VmRSS"))
            assert int(resident.split()[1]) < 400 * 1024, "under 400 MB before the first job"
            libraries = Path(f"/proc/{process.pid}/maps").read_text()
            assert "onnxruntime" not in libraries and "libtorch" not in libraries
        assert [path.name.split("-")[0] for path in (tmp_path / "home").iterdir()] == ["run"]
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=120) == 0
        assert list((tmp_path / "home").iterdir()) == []
    finally:
        process.kill()
        process.wait()


def test_importing_app_defines_demo(tmp_path: Path) -> None:
    environment = {**os.environ, "TRYON_HOME": str(tmp_path / "home")}
    code = "import app; print(type(app.demo).__name__)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.stdout.strip().endswith("Blocks"), done.stderr


def test_the_start_parses_no_sources_and_waits_for_no_large_library() -> None:
    code = (
        "import ast, inspect, sys\n"
        "from pathlib import Path\n"
        "getfile, parse, parsed = inspect.getfile, ast.parse, []\n"
        "ast.parse = lambda source, *a, **k: parsed.append(source) or parse(source, *a, **k)\n"
        "import tryon.ui.page\n"
        "assert inspect.getfile is getfile\n"
        "assert not [source for source in parsed if 'gr' in str(source) and 'class ' in str(source)], len(parsed)\n"
        "assert not list(Path('tryon').rglob('*.pyi'))\n"
        "assert not {'torch', 'scipy', 'onnxruntime', 'transformers', 'diffusers'} & set(sys.modules)\n"
    )
    for stub in (ROOT / "tryon").rglob("*.pyi"):
        stub.unlink()
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, timeout=120)
