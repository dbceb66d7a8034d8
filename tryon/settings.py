"""One frozen Settings, read from the environment once, at the top. Units are in the names."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path


def _home() -> Path:
    return Path(tempfile.gettempdir()) / f"tryon-{os.getuid() if hasattr(os, 'getuid') else 'user'}"


def _weights() -> Path:
    return Path.home() / ".cache" / "tryon"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything that whoever runs the product may turn. Each field NAME is read from TRYON_NAME."""

    # entry limits
    max_upload_mb: int = 20
    max_megapixels: int = 40
    min_side_px: int = 256
    hint_side_px: int = 512
    max_aspect: float = 8.0
    max_side_px: int = 4096  # decoded photos are reduced to this
    max_prompt_chars: int = 500
    max_clip_seconds: int = 10
    # life of a picture
    home: Path = field(default_factory=_home)  # job folders, swept at start-up
    idle_minutes: float = 15.0
    session_minutes: float = 60.0
    grace_seconds: float = 20.0
    session_mb: int = 800  # of one session's pictures in memory; the oldest looks go first
    store_mb: int = 3000  # of all sessions' together; sessions that nobody follows go first
    # jobs
    max_waiting: int = 16
    max_per_address: int = 3
    deadline_seconds: float = 1800.0
    hang_seconds: float = 30.0  # how long a stopped model may take to come back before its worker is replaced
    # page
    host: str = "127.0.0.1"
    port: int = 7860
    root_path: str = ""
    allowed_hosts: str = ""  # comma separated; empty: any
    state_secret: str = "tryon-page-state"  # noqa: S105  BrowserState holds job ids and settings only, never pictures
    # choices
    transfer: str = ""  # default models; empty: chosen for the machine
    video: str = ""
    parser: str = ""  # who looks at persons and at garments; empty: the built-in ones
    garment_parser: str = ""
    commercial_only: bool = False
    label: bool = True
    preview_fps: float = 4.0
    # machine
    device: str = ""  # empty: cuda where there is one, else cpu
    threads: int = 0  # 0: as many as the machine has
    weights: Path = field(default_factory=_weights)
    offline: bool = False
    parallel: int = 0  # processes that share one film, started by torchrun; 0: none
    graphs: bool = False  # try-on models run their steps as CUDA graphs; not yet seen on a card, so off
    together: bool = True  # on a GPU several tries are denoised at once: quicker, equal to one by one but for rounding
    cache: str = ""  # of orders that name none, where the video model can: "first-block", "taylor"; changes the picture
    compile: bool = True  # video models that stay on the card and take many steps; 15 to 22 s once for every size


def read_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Settings from TRYON_* variables. ValueError names the variable that cannot be read."""
    environ = os.environ if environ is None else environ
    values: dict[str, object] = {}
    defaults = Settings()
    for item in fields(Settings):
        raw = environ.get(f"TRYON_{item.name.upper()}")
        if raw is None:
            continue
        try:
            values[item.name] = _parse(raw, type(getattr(defaults, item.name)))
        except ValueError as error:
            raise ValueError(f"TRYON_{item.name.upper()}={raw!r} cannot be read: {error}") from None
    return Settings(**values)  # type: ignore[arg-type]


def _parse(raw: str, kind: type[bool] | type[int] | type[float] | type[str] | type[Path]) -> object:
    if kind is bool:
        if raw.lower() not in ("0", "1", "true", "false", "yes", "no", ""):
            raise ValueError("use 1 or 0")
        return raw.lower() in ("1", "true", "yes")
    if issubclass(kind, Path):
        return Path(raw).expanduser()
    return kind(raw)
