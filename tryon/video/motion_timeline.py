"""From a script to curves: for every frame how far each joint, the camera and the wind are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tryon.video.motion_grammar import IMPOSSIBLE, Move, Script

Array = NDArray[Any]

# Full movements at strength 1.
YAW = 26.0  # degrees, body
LOOK = 17.0  # degrees, head alone
PUSH = 0.16  # log zoom
PAN = 0.06  # of the frame's width
ORBIT = 18.0  # degrees
APPROACH = 0.20  # log scale of the person
LIMIT_YAW = 33.0  # degrees: beyond it a relief shows that it has no back

# Natural seconds of a step at speed 1.
SECONDS = {
    "turn": 1.7, "show": 3.4, "look": 1.3, "approach": 3.0, "walk": 2.6, "back": 2.6, "sway": 2.6, "weight": 2.2,
    "dance": 2.6, "wave": 2.4, "raise": 1.6, "hips": 1.6, "wind": 2.6, "breathe": 2.6, "stand": 1.6, "hold": 1.6,
    "push": 2.8, "pull": 2.8, "orbit": 3.0, "pan": 2.6, "tilt": 2.4,
}  # fmt: skip

# What goes on for as long as the film does; the others end in a pose that is held.
LASTING = frozenset(
    {"approach", "back", "walk", "sway", "dance", "wind", "wave", "show", "breathe", "orbit", "push", "pull"}
)

CHANNELS = (
    "yaw", "head_yaw", "head_pitch", "head_roll", "sway", "sway_phase", "hip", "walk", "gait", "approach", "wind",
    "breathe", "raise_left", "raise_right", "wave_left", "wave_right", "hips_left", "hips_right", "zoom", "pan",
    "tilt", "orbit",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Curves:
    """Values per frame: each (frames + 1,) float64; the last is what would follow the film."""

    values: dict[str, Array]
    seconds: float

    def __getitem__(self, name: str) -> Array:
        return self.values[name]


@dataclass(slots=True)
class _Track:
    """Keys of one channel: from (time, value) to (time, value), still before, between and after."""

    keys: list[tuple[float, float]] = field(default_factory=lambda: [(0.0, 0.0)])

    @property
    def last(self) -> float:
        return self.keys[-1][1]

    def to(self, start: float, end: float, value: float) -> None:
        start = max(start, self.keys[-1][0])
        self.keys.append((start, self.last))
        self.keys.append((max(end, start + 1e-3), value))

    def at(self, time: Array) -> Array:
        result = np.full(time.shape, self.keys[0][1])
        for (t0, v0), (t1, v1) in pairwise(self.keys):
            if v1 != v0:
                result = np.where(time >= t0, v0 + (v1 - v0) * ease((time - t0) / (t1 - t0)), result)
        return result


def ease(x: Array) -> Array:
    """Minimum-jerk step 0..1 (Flash and Hogan 1985): at rest at both ends."""
    x = np.clip(x, 0, 1)
    return x * x * x * (x * (6 * x - 15) + 10)


def settle(script: Script, seed: int) -> Script:
    """The script with every open side chosen, impossible moves replaced, and a default where it is empty."""
    rng = np.random.default_rng(seed)
    lead = "left" if rng.random() < 0.5 else "right"
    steps = []
    for step in script.steps:
        new: list[Move] = []
        for move in step:
            new.extend(_possible(move, lead))
        steps.append(tuple(dict.fromkeys(new)))
    if not steps or all(move.kind == "hold" for step in steps for move in step):
        steps = [(*default_moves(lead, camera=not steps), *(steps[0] if steps else ()))]
    return Script(tuple(steps))


def default_moves(lead: str, camera: bool = True) -> tuple[Move, ...]:
    """What moves when the sentence names nothing: a living stand."""
    body = (
        Move(kind="weight", side=lead, speed=0.8, strength=0.8),  # type: ignore[arg-type]
        Move(kind="turn", side=lead, speed=0.6, strength=0.35),  # type: ignore[arg-type]
        Move(kind="wind", strength=0.35),
    )
    return (*body, Move(kind="push", strength=0.45)) if camera else body


def _possible(move: Move, lead: str) -> list[Move]:
    def like(kind: str, **changes: Any) -> Move:
        return Move(kind=kind, **{"side": move.side, "speed": move.speed, "strength": move.strength} | changes)

    table: dict[str, Callable[[], list[Move]]] = {
        "around": lambda: [like("show", side=move.side or lead, strength=move.strength * 1.15)],
        "jump": lambda: [like("dance", side="")],
        "sit": lambda: [like("weight", side=lead)],
        "smile": lambda: [like("look", side="", strength=0.6)],
        "hair": lambda: [like("look", side=lead)],
        "away": lambda: [like("back", side="")],
        "aside": lambda: [like("walk", side=""), like("turn", side=move.side or lead, strength=0.7)],
    }
    if move.kind in table:
        return table[move.kind]()
    if not move.side and move.kind in ("turn", "show", "weight", "orbit", "pan", "wave", "raise"):
        return [like(move.kind, side=lead)]
    return [move]


def with_arms(script: Script, free: tuple[bool, bool]) -> tuple[Script, tuple[str, ...]]:
    """The script with arm moves given to arms that can (left, right), and what had to change: "arm" where none could
    do it, "other_arm" where another did it, "one_arm" where only one of two did."""
    able = {"left": free[0], "right": free[1]}
    changed: dict[str, None] = {}
    steps = []
    for step in script.steps:
        new = []
        for move in step:
            if move.kind not in ("wave", "raise", "hips"):
                new.append(move)
                continue
            wanted = ("left", "right") if move.side in ("both", "") else (move.side,)
            can = tuple(side for side in wanted if able[side])
            if not can:
                can = tuple(side for side, ok in able.items() if ok)[:1]
                changed["other_arm" if can else "arm"] = None
            elif len(can) < len(wanted):
                changed["one_arm"] = None
            side = "both" if len(can) == 2 else can[0] if can else "left"
            new.append(replace(move, side=side) if can else Move(kind="weight", side="left", speed=move.speed))  # type: ignore[arg-type]
        steps.append(tuple(dict.fromkeys(new)))
    return Script(tuple(steps)), tuple(changed)


def impossible(script: Script) -> tuple[str, ...]:
    """Kinds of the raw script that one photo cannot show, each once."""
    return tuple(dict.fromkeys(move.kind for move in script.moves if move.kind in IMPOSSIBLE))


def curves(script: Script, frames: int, fps: int, seed: int, loop: bool) -> Curves:
    """Curves of a settled script. All are 0 in frame 0; for a loop also in the frame that would follow the last."""
    total = frames / fps
    tracks = {name: _Track() for name in CHANNELS}
    end = total * 0.62 if loop else total
    for step, (start, stop) in zip(script.steps, _spans(script, end, loop), strict=True):
        # A new step lets go of what the one before held, unless it uses it.
        if start > 0:
            _release(tracks, step, start, min(stop, start + 0.8))
        for move in step:
            _MAKERS[move.kind](tracks, move, start, stop)
    if loop:
        for track in tracks.values():
            if track.last:
                track.to(max(track.keys[-1][0], end), total, 0.0)
    return _sampled(tracks, script, frames, fps, seed, loop)


def _spans(script: Script, end: float, loop: bool) -> list[tuple[float, float]]:
    """Start and stop of every step: natural lengths, stretched or squeezed into what there is."""
    natural = [max(SECONDS[m.kind] / m.speed for m in step) if step else 0.5 for step in script.steps]
    total = sum(natural)
    slow = any(move.speed < 1 for move in script.moves)
    limit = 1.0 if slow or loop else 0.92
    lasting = any(move.kind in LASTING for move in script.moves)
    factor = min(end * limit / total, 4.0 if lasting else 1.9 if slow else 1.35) if not loop else end / total
    spans, start = [], 0.0
    for seconds in natural:
        spans.append((start, start + seconds * factor))
        start += seconds * factor
    return spans


def _release(tracks: dict[str, _Track], step: tuple[Move, ...], start: float, stop: float) -> None:
    held = {"yaw", "head_yaw", "head_pitch", "head_roll", "sway", "hip", "walk", "raise_left", "raise_right"}
    held |= {"wave_left", "wave_right", "hips_left", "hips_right"}
    if any(move.kind in ("turn", "show") for move in step):
        held -= {"yaw", "head_yaw"}
    if any(move.kind in ("wave", "raise", "hips") for move in step):
        held -= {"raise_left", "raise_right", "wave_left", "wave_right", "hips_left", "hips_right"}
    if all(move.kind in ("wind", "breathe", "push", "pull", "pan", "tilt", "orbit", "hold", "look") for move in step):
        held -= {"yaw", "raise_left", "raise_right", "hips_left", "hips_right"}
    for name in held:
        if tracks[name].last:
            tracks[name].to(start, stop, 0.0)


def _sign(move: Move) -> float:
    """+1 towards the right of the picture: the person's left."""
    return {"left": 1.0, "right": -1.0}.get(move.side, 0.0)


def _turn(tracks: dict[str, _Track], move: Move, a: float, b: float) -> None:
    yaw = min(LIMIT_YAW, YAW * move.strength) * _sign(move)
    lead = (b - a) * 0.12
    tracks["yaw"].to(a + lead, b, yaw)
    tracks["head_yaw"].to(a, b - lead, 0.35 * yaw)  # the head goes first and a little further
    tracks["hip"].to(a, b, 0.35 * _sign(move) * move.strength)


def _show(tracks: dict[str, _Track], move: Move, a: float, b: float) -> None:
    yaw = min(LIMIT_YAW, YAW * move.strength) * _sign(move)
    third = (b - a) / 3
    for name, size in (("yaw", 1.0), ("head_yaw", -0.25)):
        tracks[name].to(a, a + third * 0.9, size * yaw)
        tracks[name].to(a + third * 1.05, a + third * 2.1, -size * yaw)
        tracks[name].to(a + third * 2.25, b, 0.0)
    tracks["hip"].to(a, a + third, _sign(move))
    tracks["hip"].to(a + third, a + 2 * third, -_sign(move))
    tracks["hip"].to(a + 2 * third, b, 0.0)


def _look(tracks: dict[str, _Track], move: Move, a: float, b: float) -> None:
    size = min(24.0, LOOK * move.strength)
    if move.side in ("up", "down"):
        tracks["head_pitch"].to(a, b, (1 if move.side == "down" else -1) * 0.6 * size)
        return
    sign = _sign(move)
    if not sign:  # no side given: a friendly tilt
        tracks["head_roll"].to(a, b, 0.3 * size)
        tracks["head_yaw"].to(a, b, 0.4 * size)
        return
    tracks["head_yaw"].to(a, b, sign * size)
    tracks["head_roll"].to(a, b, sign * 0.12 * size)
    tracks["yaw"].to(a, b, tracks["yaw"].last + sign * 0.15 * size)


def _walk(tracks: dict[str, _Track], move: Move, a: float, b: float) -> None:
    tracks["walk"].to(a, min(b, a + 0.5), min(1.3, 0.6 + 0.4 * move.strength))
    tracks["gait"].keys.append((a, 1.0 * move.speed))


def _approach(tracks: dict[str, _Track], move: Move, a: float, b: float) -> None:
    _walk(tracks, move, a, b)
    way = APPROACH if move.kind == "approach" else -0.6 * APPROACH
    tracks["approach"].to(a, b + 0.15, tracks["approach"].last + way * move.strength)
    tracks["walk"].to(b - 0.1, b + 0.5, 0.0)  # arrived; a film that ends before never sees it


def _sway(tracks: dict[str, _Track], move: Move, a: float, b: float) -> None:
    size = {"sway": 1.0, "dance": 1.5}[move.kind] * move.strength
    tracks["sway"].to(a, a + 0.35 * (b - a), size)
    tracks["sway_phase"].keys.append((a, move.speed * (1.9 if move.kind == "dance" else 1.0)))
    if move.kind == "dance":
        tracks["breathe"].to(a, b, 0.5)


def _weight(tracks: dict[str, _Track], move: Move, a: float, b: float) -> None:
    middle = (a + b) / 2
    tracks["hip"].to(a, middle, 1.5 * _sign(move) * move.strength)
    tracks["hip"].to(middle + 0.1 * (b - a), b, -0.8 * _sign(move) * move.strength)


def _arms(tracks: dict[str, _Track], move: Move, a: float, b: float) -> None:
    sides = ("left", "right") if move.side == "both" or (move.kind == "hips" and not move.side) else (move.side,)
    span = b - a
    for side in sides:
        if move.kind == "hips":
            tracks[f"raise_{side}"].to(a, a + 0.3 * span, 0.0)
            tracks[f"hips_{side}"].to(a, b, 1.0)
            continue
        tracks[f"hips_{side}"].to(a, a + 0.3 * span, 0.0)
        up = 0.45 if move.kind == "wave" else 0.9
        tracks[f"raise_{side}"].to(a, a + up * span, min(1.0, 0.75 + 0.25 * move.strength))
        if move.kind == "wave":
            tracks[f"wave_{side}"].to(a + 0.3 * span, a + 0.6 * span, move.strength)


def _wind(tracks: dict[str, _Track], move: Move, a: float, b: float) -> None:
    tracks["wind"].to(a, a + 0.4 * (b - a), 1.2 * move.strength)


def _breathe(tracks: dict[str, _Track], move: Move, a: float, b: float) -> None:
    tracks["breathe"].to(a, a + 0.3 * (b - a), 1.6 * move.strength)


def _still(tracks: dict[str, _Track], move: Move, a: float, b: float) -> None:
    """Standing or a fixed camera: nothing beyond the idle life."""


def _camera(tracks: dict[str, _Track], move: Move, a: float, b: float) -> None:
    if move.kind in ("push", "pull"):
        way = PUSH if move.kind == "push" else -0.8 * PUSH
        tracks["zoom"].to(a, b, tracks["zoom"].last + way * move.strength)
    elif move.kind == "pan":
        tracks["pan"].to(a, b, tracks["pan"].last - _sign(move) * PAN * move.strength)
    elif move.kind == "tilt":
        tracks["tilt"].to(a, b, tracks["tilt"].last + (-1 if move.side == "down" else 1) * PAN * move.strength)
    elif move.kind == "orbit":
        size = min(26.0, ORBIT * move.strength)
        tracks["orbit"].to(a, b, -_sign(move) * size)


_MAKERS: dict[str, Callable[[dict[str, _Track], Move, float, float], None]] = {
    "turn": _turn, "show": _show, "look": _look, "walk": _walk, "approach": _approach, "back": _approach,
    "sway": _sway, "dance": _sway, "weight": _weight, "wave": _arms, "raise": _arms, "hips": _arms, "wind": _wind,
    "breathe": _breathe, "stand": _still, "hold": _still, "push": _camera, "pull": _camera, "pan": _camera,
    "tilt": _camera, "orbit": _camera,
}  # fmt: skip


def _sampled(tracks: dict[str, _Track], script: Script, frames: int, fps: int, seed: int, loop: bool) -> Curves:
    time = np.arange(frames + 1) / fps
    total = frames / fps
    rates = {name: _rate(tracks[name].keys) for name in ("gait", "sway_phase")}
    values = {n: t.at(time) for n, t in tracks.items() if n not in rates}
    values["gait"] = 2 * np.pi * time * 0.85 * rates["gait"]  # phase of a double step
    values["sway_phase"] = 2 * np.pi * time * 0.42 * rates["sway_phase"]
    values |= _idle(time, total, seed, loop)
    still = all(move.kind in ("stand", "hold") for move in script.moves)
    for name in ("idle_breath", "idle_sway", "idle_yaw", "idle_roll", "idle_pitch"):
        values[name] = values[name] * (0.7 if still else 1.0)
    return Curves(values, total)


def _rate(keys: list[tuple[float, float]]) -> float:
    """A channel of speeds: the one that was asked for, 1 without."""
    return keys[-1][1] if len(keys) > 1 else 1.0


def _idle(time: Array, total: float, seed: int, loop: bool) -> dict[str, Array]:
    """The life that never stops: breath, and slow drifts of weight and head. Whole cycles when the film loops."""
    rng = np.random.default_rng((seed, 7))

    def waves(periods: tuple[float, ...]) -> Array:
        result = np.zeros(time.shape)
        for period in periods:
            cycles = max(1, round(total / period)) if loop else total / period
            phase = rng.uniform(0, 2 * np.pi)
            angle = 2 * np.pi * cycles * time / total
            result += (np.sin(angle + phase) - np.sin(phase)) / len(periods)
        return result

    enter = ease(time / 0.9)
    breath = (1 - np.cos(2 * np.pi * (max(1, round(total / 3.2)) if loop else total / 3.2) * time / total)) / 2
    return {
        "idle_breath": breath,
        "idle_sway": waves((4.6, 2.7)) * (1 if loop else enter),
        "idle_yaw": waves((5.3, 3.1)) * (1 if loop else enter),
        "idle_roll": waves((4.1, 2.3)) * (1 if loop else enter),
        "idle_pitch": waves((3.7, 2.1)) * (1 if loop else enter),
    }


def follow(drive: Array, fps: int, hertz: float, damping: float, loop: bool) -> Array:
    """How a damped spring (mass on a moving hand) lags behind its drive: its offset from it, 0 in frame 0.

    x'' = -w^2 (x - drive) - 2 d w x', integrated semi-implicitly at 8 sub-steps a frame. For a loop it runs three
    rounds so that the last is periodic.
    """
    omega, parts = 2 * np.pi * hertz, 8
    dt = 1 / (fps * parts)
    rounds = 3 if loop else 1
    position, speed = float(drive[0]), 0.0
    offset = np.zeros(len(drive))
    for _ in range(rounds):
        for frame in range(len(drive) - 1):
            offset[frame] = position - drive[frame]
            for part in range(parts):
                target = drive[frame] + (drive[frame + 1] - drive[frame]) * part / parts
                speed += dt * (omega * omega * (target - position) - 2 * damping * omega * speed)
                position += dt * speed
        offset[-1] = position - drive[-1]
    offset -= offset[0]
    if loop:  # what three rounds have not settled yet
        offset -= offset[-1] * np.linspace(0, 1, len(offset))
    return offset
