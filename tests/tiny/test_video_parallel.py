"""One film by two processes (gloo, on the CPU) is the film of one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("diffusers")

from tests.tiny.video.films import opened, scene, shot, small  # noqa: E402
from tryon.catalog import build_catalog  # noqa: E402
from tryon.settings import Settings  # noqa: E402
from tryon.spec import Runtime, VideoSpec  # noqa: E402
from tryon.types import MemoryPlan  # noqa: E402
from tryon.video.diffusion.parallel import wanted  # noqa: E402

ROOT = Path(__file__).parent.parent.parent
NAME = "wan22-ti2v-5b"
# What each process runs: the product's loader, told to share.
SCRIPT = """
import os, sys
import numpy as np
import torch
torch.set_num_threads(1)
torch.accelerator.device_count = lambda: 2  # a CPU build of torch counts none, and diffusers divides by it
from tests.tiny.video.films import scene, shot, small
from tryon.catalog import build_catalog
from tryon.settings import Settings
from tryon.spec import Runtime
entry = build_catalog().get("video", sys.argv[1])
spec = small(entry.spec)
from pathlib import Path
runtime = Runtime(spec=spec, weights=Path(sys.argv[2]), settings=Settings(parallel=2))
film = entry.load(runtime)
assert getattr(film.engine.pipeline.transformer, "_parallel_config", None) is not None
np.save(os.path.join(sys.argv[2], "film" + os.environ["RANK"]), shot(film(scene(spec))).film)
torch.distributed.destroy_process_group()
"""


@pytest.mark.slow
def test_two_processes_make_the_film_of_one(tmp_path: Path) -> None:
    entry = build_catalog().get("video", NAME)
    assert isinstance(entry.spec, VideoSpec)
    alone = shot(opened(entry, tmp_path)(scene(small(entry.spec)))).film
    script = tmp_path / "share.py"
    script.write_text(SCRIPT)
    words = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [*words, str(script), NAME, str(tmp_path)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    first, second = (np.load(tmp_path / f"film{rank}.npy") for rank in (0, 1))
    assert (first == second).all()
    assert np.abs(first.astype(int) - alone.astype(int)).max() <= 1  # another order of sums


@pytest.mark.parametrize(
    ("name", "world", "parallel", "expected"),
    [
        (NAME, "2", 2, 2),
        (NAME, "2", 0, 1),  # off by default
        (NAME, "1", 2, 1),  # not started by torchrun
        (NAME, "4", 2, 1),
        ("wan21-vace-1.3b", "2", 2, 1),  # it has no plan for splitting
    ],
)
def test_when_it_is_wanted(
    name: str, world: str, parallel: int, expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORLD_SIZE", world)
    spec = build_catalog().get("video", name).spec
    runtime = Runtime(spec=spec, memory=MemoryPlan(), settings=Settings(parallel=parallel))
    assert wanted(runtime) == expected


@pytest.mark.parametrize("entry", build_catalog().of("video"), ids=lambda entry: entry.spec.name)
def test_only_models_with_a_plan_for_splitting_say_so(entry: object) -> None:
    import diffusers

    spec = entry.spec  # type: ignore[attr-defined]
    if spec.parallel:
        assert diffusers.WanTransformer3DModel._cp_plan is not None and spec.family.startswith(("Wan",))
