"""From the timeline's curves to a pose and two camera views for every frame."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tryon.video.motion_timeline import Curves, ease, follow
from tryon.video.relief.framing import View
from tryon.video.relief.gestures import Lift
from tryon.video.relief.pose import Pose
from tryon.video.relief.render import Similar, about
from tryon.video.relief.rig import Bones, roomy

Array = NDArray[Any]

WAVES = 1.7  # a second, of a waving hand


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One frame: the pose, and how backdrop and figure are seen (frame coordinates)."""

    pose: Pose
    backdrop: Similar
    figure: Similar
    lifts: tuple[Lift, Lift]  # left, right arm


def act(curves: Curves, bones: Bones, view: View, fps: int, loop: bool) -> tuple[Act, ...]:
    """frames + 1 acts; the first is the rest pose under a resting camera."""
    body = _body(curves)
    cloth = _cloth(curves, body, fps, loop)
    cameras = _cameras(curves, bones, view)
    twos = _pairs(curves, bones, body, cloth)
    count = len(curves["yaw"])
    acts = []
    for i in range(count):
        values: dict[str, Any] = {
            name: float(line[i]) for name, line in (body | cloth).items() if not name.startswith("_")
        }
        pairs: dict[str, Any] = {n: (float(a[i]), float(b[i])) for n, (a, b) in twos.items()}
        lifts = _lift(curves, "left", i), _lift(curves, "right", i)
        acts.append(Act(pose=Pose(**values, **pairs), backdrop=cameras[i][0], figure=cameras[i][1], lifts=lifts))
    return tuple(acts)


def _lift(curves: Curves, side: str, i: int) -> Lift:
    return Lift(
        raised=float(curves[f"raise_{side}"][i]),
        wave=float(curves[f"wave_{side}"][i]),
        swing=2 * np.pi * WAVES * curves.seconds * i / max(1, len(curves["yaw"]) - 1),
        hip=float(curves[f"hips_{side}"][i]),
    )


def _body(curves: Curves) -> dict[str, Array]:
    radians = np.pi / 180
    walk, phase = curves["walk"], curves["gait"]
    swing = np.sin(phase)  # > 0: the left foot is in the air
    wobble = curves["sway"] * np.sin(curves["sway_phase"])
    shift = 0.075 * wobble + 0.062 * curves["hip"] - 0.05 * walk * swing + 0.014 * curves["idle_sway"]
    lean = -0.045 * wobble - 0.02 * curves["hip"] + 0.03 * walk * swing - 0.006 * curves["idle_sway"]
    return {
        "yaw": radians * (curves["yaw"] - curves["orbit"] + 5.0 * walk * np.cos(phase) + 1.0 * curves["idle_yaw"]),
        "head_yaw": radians * (curves["head_yaw"] - 4.0 * walk * np.cos(phase) + 1.6 * curves["idle_yaw"]),
        "head_pitch": radians * (curves["head_pitch"] + 1.2 * curves["idle_pitch"]),
        "head_roll": radians * (curves["head_roll"] + 2.2 * wobble + 1.0 * curves["idle_roll"]),
        "shift": shift,
        "lean": lean,
        "breath": curves["idle_breath"] * (1 + curves["breathe"]),
        "bob": -0.045 * walk * swing * swing,
        "wind": curves["wind"],
    }


def _cloth(curves: Curves, body: dict[str, Array], fps: int, loop: bool) -> dict[str, Array]:
    """What hangs follows with a delay: springs on the trunk's and the head's movement."""
    walk, phase = curves["walk"], curves["gait"]
    hips = body["shift"] + 0.30 * np.sin(body["yaw"])
    head = body["shift"] + body["lean"] + 0.25 * np.sin(body["yaw"] + body["head_yaw"]) + 0.6 * body["head_roll"]
    seconds = np.arange(len(walk)) / fps
    return {
        "_hem_x": 1.0 * follow(hips, fps, 1.15, 0.22, loop) - 0.02 * walk * np.sin(phase),
        "_hem_y": 0.5 * follow(body["bob"], fps, 1.9, 0.3, loop),
        "_hair_x": 0.9 * follow(head, fps, 1.6, 0.25, loop),
        "_hair_y": 0.6 * follow(body["bob"], fps, 2.4, 0.3, loop),
        "sleeve": 0.5 * follow(hips, fps, 1.9, 0.3, loop),
        "wind_phase": 2 * np.pi * 0.62 * seconds,
    }


def _pairs(
    curves: Curves, bones: Bones, body: dict[str, Array], cloth: dict[str, Array]
) -> dict[str, tuple[Array, Array]]:
    walk, phase = curves["walk"], curves["gait"]
    up = np.maximum(0, np.sin(phase)) ** 2, np.maximum(0, -np.sin(phase)) ** 2
    forward = -np.cos(phase)
    nearer = np.minimum(1, 4 * np.abs(curves["approach"]))  # planting takes over from stepping on the spot
    return {
        "lift": (0.085 * walk * up[0], 0.085 * walk * up[1]),
        "step": (0.022 * walk * forward * (1 - nearer), -0.022 * walk * forward * (1 - nearer)),
        "planted": (_planted(curves, bones, 0.0), _planted(curves, bones, np.pi)),
        "swing": (-0.75 * walk * forward, 0.75 * walk * forward),
        "hem": (cloth["_hem_x"], cloth["_hem_y"]),
        "hair": (cloth["_hair_x"], cloth["_hair_y"]),
    }


def _way(bones: Bones) -> float:
    """Share of the full approach: less where the feet are seen, so that they stay in the frame for longer."""
    return 0.7 if bones.feet else 1.0


def _planted(curves: Curves, bones: Bones, offset: float) -> Array:
    """How much larger (nearer) a foot is than the body, minus 1: in its stance it keeps the size it landed with.

    Phase 0..pi is the foot's swing, pi..2 pi its stance; it lands with the size that the body has in mid-stance.
    """
    size = np.exp(_way(bones) * curves["approach"])
    phase = curves["gait"] - offset
    cycle = np.floor(phase / (2 * np.pi))
    landed = np.interp(2 * np.pi * (cycle + 0.75), phase, size)
    before = np.where(cycle > phase[0] / (2 * np.pi), np.interp(2 * np.pi * (cycle - 0.25), phase, size), size[0])
    swing = ease((phase - 2 * np.pi * cycle) / np.pi)
    return ((before + (landed - before) * swing) / size - 1) * np.clip(curves["walk"], 0, 1)


def _cameras(curves: Curves, bones: Bones, view: View) -> list[tuple[Similar, Similar]]:
    """(backdrop, figure) per frame. The figure is nearer than the wall, so the camera moves it more."""
    aim_x = 0.5 * (view.width / 2 + bones.hip[0])
    aim_y = 0.55 * bones.neck[1] + 0.45 * bones.hip[1]
    if bones.face:
        aim_y = min(aim_y, roomy(max(0.0, bones.top), max(0.01, float(curves["zoom"].max()))))
    far = 0.92 if bones.feet else 0.72  # of the figure's movement; on one floor with the feet it has to be near 1
    horizon = bones.horizon
    tight = view.cuts.left and view.cuts.right, view.cuts.top and view.cuts.bottom
    result = []
    for i in range(len(curves["zoom"])):
        zoom, pan, tilt, orbit = (float(curves[n][i]) for n in ("zoom", "pan", "tilt", "orbit"))
        dx, dy = -pan * view.width, tilt * view.height * 0.6
        # A body cut on both sides leaves no room to look past it, so the camera comes nearer as far as it looks away.
        zoom += 2.2 * (abs(dx) / view.width) * tight[0] + 2.2 * (abs(dy) / view.height) * tight[1]
        round_x = np.sin(np.deg2rad(orbit)) * view.width * 0.28
        back = about(aim_x, aim_y, float(np.exp(far * zoom + abs(orbit) * 0.001)), 0.8 * dx + round_x, 0.8 * dy)
        front = about(aim_x, aim_y, float(np.exp(zoom)), dx, dy)
        nearer = about(float(bones.hip[0]), horizon, float(np.exp(_way(bones) * curves["approach"][i])))
        result.append((back, _kept(front.after(nearer), view)))
    return result


def _kept(lens: Similar, view: View) -> Similar:
    """Where the photo's border cuts the body, that border may not come into the frame."""
    cuts, scale = view.cuts, lens.scale
    if scale < 1 and ((cuts.top and cuts.bottom) or (cuts.left and cuts.right)):
        lens, scale = Similar(), 1.0
    low_x, high_x = -view.x0, -view.x0 + view.photo_width
    low_y, high_y = -view.y0, -view.y0 + view.photo_height
    dx = _within(lens.dx, scale, (low_x, high_x), view.width, cuts.left, cuts.right)
    dy = _within(lens.dy, scale, (low_y, high_y), view.height, cuts.top, cuts.bottom)
    return Similar(scale, dx, dy)


def _within(move: float, scale: float, photo: tuple[int, int], size: int, low_cut: bool, high_cut: bool) -> float:
    """The move along one axis, held back so that a cut border of the photo stays on or beyond the frame's."""
    low, high = photo
    most = max(0, low) - scale * low if low_cut else np.inf
    least = min(size, high) - scale * high if high_cut else -np.inf
    return float(
        np.clip(move, min(least, most), max(least, most)) if low_cut and high_cut else np.clip(move, least, most)
    )
