"""What this machine has. Nothing heavy is imported where there is nothing to ask."""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

from tryon.spec import Machine

GIB = 1024**3
DRIVER_FILES = (Path("/dev/nvidia0"), Path("/dev/nvidiactl"), Path("/dev/dxg"))  # the last: WSL


def this_machine(device: str = "") -> Machine:
    """The planner's view of this machine. `device` "cpu" hides a GPU (settings.device)."""
    torch = importlib.util.find_spec("torch") is not None
    cores, ram = usable_cores(), usable_ram_gib()
    if device in ("", "cuda"):
        card = nvidia_card()
        if card is not None:
            name, gib = card
            int8 = torch and importlib.util.find_spec("torchao") is not None
            return Machine(device="cuda", name=name, gpu_gib=gib, ram_gib=ram, cores=cores, torch=torch, int8=int8)
    if device in ("", "mps") and torch and sys.platform == "darwin" and platform.machine() == "arm64":
        # Unified memory: about three quarters of it may be used by the GPU.
        return Machine(device="mps", name="Apple GPU", gpu_gib=ram * 0.75, ram_gib=ram, cores=cores, torch=True)
    name = f"CPU, {cores} core{'' if cores == 1 else 's'}"
    return Machine(device="cpu", name=name, gpu_gib=0.0, ram_gib=ram, cores=cores, torch=torch)


def nvidia_card() -> tuple[str, float] | None:
    """Name and memory (GiB) of the largest visible NVIDIA card, None without one. Asks nvidia-smi."""
    hidden = os.environ.get("CUDA_VISIBLE_DEVICES", "all").strip() in ("", "-1")
    tool = shutil.which("nvidia-smi")
    if hidden or tool is None or not any(path.exists() for path in DRIVER_FILES):
        return None
    query = [tool, "--query-gpu=name,memory.total", "--format=csv,noheader,nounits"]
    try:
        answer = subprocess.run(query, capture_output=True, text=True, timeout=20, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return parse_cards(answer.stdout)


def parse_cards(csv: str) -> tuple[str, float] | None:
    """The largest card of nvidia-smi's lines "name, MiB"; None when there is none to read."""
    cards: list[tuple[str, float]] = []
    for line in csv.splitlines():
        name, _, mib = line.rpartition(",")
        try:
            cards.append((name.strip(), float(mib) / 1024))
        except ValueError:
            continue
    return max(cards, key=lambda card: card[1], default=None)


def usable_cores(root: Path = Path("/sys/fs/cgroup")) -> int:
    """CPU cores that this process may use: its affinity, cut by the container's quota."""
    affinity = getattr(os, "sched_getaffinity", None)  # Linux only
    cores = len(affinity(0)) if affinity else os.cpu_count() or 1
    quota = _quota(root)
    return max(1, min(cores, int(quota)) if quota is not None else cores)


def _quota(root: Path) -> float | None:
    """Cores granted by cgroup v2 (cpu.max) or v1; None when there is no limit."""
    try:
        limit, period = (root / "cpu.max").read_text().split()[:2]
        return None if limit == "max" else float(limit) / float(period)
    except (OSError, ValueError):
        pass
    try:
        limit = (root / "cpu" / "cpu.cfs_quota_us").read_text().strip()
        period = (root / "cpu" / "cpu.cfs_period_us").read_text().strip()
        return float(limit) / float(period) if float(limit) > 0 else None
    except (OSError, ValueError, ZeroDivisionError):
        return None


def usable_ram_gib(root: Path = Path("/sys/fs/cgroup")) -> float:
    """Memory that this process may use: the machine's, cut by the container's limit."""
    try:
        total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / GIB
    except (ValueError, OSError, AttributeError):
        total = 8.0  # unknown system: assume a small laptop
    for path in (root / "memory.max", root / "memory" / "memory.limit_in_bytes"):
        try:
            total = min(total, int(path.read_text()) / GIB)
        except (OSError, ValueError):
            continue
    return total
