"""Nothing that we use writes an id for us or reports home."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CODE = """
import sys
from pathlib import Path
if sys.argv[1] == "ours":
    import tryon
import onnxruntime
onnxruntime.InferenceSession(str(Path("assets/models/parser.onnx")), providers=["CPUExecutionProvider"])
"""


@pytest.mark.parametrize("whose", ["ours", "bare"])
def test_onnxruntime_keeps_quiet(tmp_path: Path, whose: str) -> None:
    variables = {"HOME": str(tmp_path), "TMPDIR": str(tmp_path), "PATH": os.environ["PATH"]}
    subprocess.run([sys.executable, "-c", CODE, whose], cwd=ROOT, env=variables, check=True)
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    if whose == "ours":
        assert written == []
    elif not written:
        pytest.skip("this onnxruntime has no telemetry to switch off")
