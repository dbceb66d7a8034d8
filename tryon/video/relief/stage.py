"""A scene ready to be filmed: framing, acting and cut-outs made once, then frame after frame."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from tryon.types import LABEL, Box, Person, Pixels, Scene
from tryon.video.motion_grammar import Script
from tryon.video.motion_timeline import curves, ease, with_arms
from tryon.video.relief.acting import Act, act
from tryon.video.relief.arms import UNKNOWN, Arm, free, split
from tryon.video.relief.backdrop import complete
from tryon.video.relief.floor import find_floor
from tryon.video.relief.framing import View, frame_view, is_whole, on_canvas, scaled, still
from tryon.video.relief.gestures import Reach, draw_arm, reach
from tryon.video.relief.light import Light, find_light
from tryon.video.relief.matte import cut_out, excluded
from tryon.video.relief.outline import corrected
from tryon.video.relief.pose import displaced
from tryon.video.relief.render import Painter, Similar
from tryon.video.relief.rig import Bones, Rig, build_rig, find_bones
from tryon.video.relief.skirt import Skirt, beneath, find_skirt

Array = NDArray[Any]

MELT = 0.35  # seconds in which the photo's own edges give way to the cut-out's


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A scene with everything that is known before pixels are worked on."""

    scene: Scene
    script: Script  # what this body will do
    arms: tuple[str, ...]  # what had to change of the arms that were asked for: see with_arms
    view: View
    picture: Pixels  # the photo at the view's scale
    bones: Bones
    acts: tuple[Act, ...]  # frames + 1
    margin: tuple[int, int, int, int]  # left, top, right, bottom: how far the cameras look beyond the frame

    def first_frame(self) -> Pixels | None:
        """The framed photo, where no background has to be made for it."""
        return still(self.picture, self.view) if is_whole(self.view) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """The person's layers, all (h, w, 4) premultiplied RGBA of one size."""

    textures: dict[tuple[bool, bool], Array]  # the body by lifted arms (left, right), without the skirt's layer
    arms: tuple[tuple[Arm, Reach], ...]
    skirt: Skirt | None
    body_rig: Rig  # the painter's rig with legs that move under the skirt
    skirt_rig: Rig


@dataclass(frozen=True, slots=True, kw_only=True)
class Set:
    """What frames are painted from."""

    stage: Stage
    painter: Painter
    light: Light
    figure: Figure
    first: Pixels  # frame 0
    remainder: Array  # (h,w,3) int16: first minus the painted rest pose


def build_stage(scene: Scene, script: Script) -> Stage:
    """Framing and acting of a settled script; no picture work beyond one resize."""
    person = scene.look.person
    view = frame_view(person, scene.width, scene.height)
    script, arms = with_arms(script, _free_arms(scene))
    lines = curves(script, scene.frames, scene.fps, scene.seed, scene.loop)
    acts = act(lines, find_bones(person, view, (0, 0)), view, scene.fps, scene.loop)
    margin = _margin(acts, view, person.box)
    return Stage(
        scene=scene,
        script=script,
        arms=arms,
        view=view,
        picture=scaled(scene.look.photo.pixels, view),
        bones=find_bones(person, view, margin[:2]),
        acts=acts,
        margin=margin,
    )


def build_set(stage: Stage) -> Set:
    """Backdrop, cut-outs and relief: the work before the second frame."""
    view, margin, person = stage.view, stage.margin, stage.scene.look.person
    canvas, inside = on_canvas(stage.picture, view, margin)
    outline, _ = on_canvas(scaled(person.outline, view), view, margin)
    size = view.photo_width, view.photo_height
    maps, _ = on_canvas(cv2.resize(_maps(person), size, interpolation=cv2.INTER_NEAREST), view, margin)
    labels = np.ascontiguousarray(maps[..., 0])
    outline = corrected(canvas, inside, outline, labels)
    backdrop = complete(canvas, inside & ~excluded(outline, view.height))
    top, bottom, left, right = _within(inside)
    cut = slice(top, bottom), slice(left, right)
    texture = cut_out(canvas[cut], outline[cut], backdrop[cut], labels[cut] == LABEL["hair"])
    _restore(backdrop[cut], canvas[cut], texture[..., 3])
    texture, maps, at = _continued(texture, maps[cut], view, (left, top))
    rig = build_rig(person, view, margin[:2], stage.bones)
    painter = Painter(
        width=view.width,
        height=view.height,
        margin=margin[:2],
        backdrop=backdrop,
        texture_at=at,
        rig=rig,
        floor=find_floor(backdrop, stage.bones),
    )
    figure = _figure(stage, texture, at, maps, rig)
    light = find_light(rig, canvas)
    rest = _painted(stage, painter, light, figure, 0)
    first = painter.background(Similar(), Similar())
    photo, whole = on_canvas(stage.picture, view, (0, 0, 0, 0))
    np.copyto(first, photo, where=whole[..., None])
    remainder = cv2.subtract(first, rest, dtype=cv2.CV_16S)
    return Set(stage=stage, painter=painter, light=light, figure=figure, first=first, remainder=remainder)


def paint(scenery: Set, index: int) -> Pixels:
    """Frame `index` (0 .. frames; the last is what would follow the film): (height, width, 3)."""
    stage = scenery.stage
    share = _melt(stage, index)
    if share == 1:
        return scenery.first.copy()
    frame = _painted(stage, scenery.painter, scenery.light, scenery.figure, index)
    if share > 0:
        rest = cv2.multiply(scenery.remainder, np.array([share] * 3 + [0.0]), dtype=cv2.CV_16S)
        frame = cv2.add(frame, rest, dtype=cv2.CV_8U)
    return frame


def _melt(stage: Stage, index: int) -> float:
    """How much of the photo's own edges is left: 1 in frame 0, and again where a loop closes."""
    span = max(2.0, MELT * stage.scene.fps)
    steps = min(index, stage.scene.frames - index) if stage.scene.loop else index
    return float(1 - ease(np.array(steps / span)))


def _painted(stage: Stage, painter: Painter, light: Light, figure: Figure, index: int) -> Pixels:
    now = stage.acts[index]
    left, top = painter.margin
    lens = now.figure.moved_origin(left, top)
    frame = painter.background(now.backdrop.moved_origin(left, top), lens)
    lifted = not now.lifts[0].rests, not now.lifts[1].rests
    gain = light.gain(painter.rig, now.pose)
    solid = cv2.dilate(painter.rig.body, np.ones((5, 5))) > 0.01
    x, y = displaced(figure.body_rig, now.pose)
    painter.draw_figure(frame, figure.textures[lifted], x, y, lens, gain, solid)
    if figure.skirt is not None:
        cloth_x, cloth_y = displaced(figure.skirt_rig, now.pose)
        solid = solid & (cv2.dilate(painter.rig.hem, np.ones((5, 5))) > 0.01)
        painter.draw_figure(frame, figure.skirt.layer, cloth_x, cloth_y, lens, gain, solid)
    for arm, goal in figure.arms:
        if lifted[arm.side]:
            at = painter.moved(arm.shoulder, x, y)
            draw_arm(frame, arm, goal, now.lifts[arm.side], at, lens, painter.margin)
    return frame


def _maps(person: Person) -> Array:
    """(h,w,2) uint8: the labels and the sleeves, UNKNOWN where they are not known."""
    sleeves = np.full_like(person.labels, UNKNOWN) if person.sleeves is None else person.sleeves
    return np.dstack([person.labels, sleeves])


def _figure(stage: Stage, texture: Array, at: tuple[int, int], maps: Array, rig: Rig) -> Figure:
    labels, sleeves = (np.ascontiguousarray(maps[..., plane]) for plane in (0, 1))
    arms, textures = _cut_arms(stage, texture, at, labels, sleeves)
    skirt = find_skirt(texture, at, labels, rig, known=not (sleeves == UNKNOWN).any())
    if skirt is None:
        return Figure(textures=textures, arms=arms, skirt=None, body_rig=rig, skirt_rig=rig)
    mean = 0.5 * (rig.legs[0] + rig.legs[1])
    cloth = replace(rig, legs=(0.6 * mean + 0.4 * rig.legs[0], 0.6 * mean + 0.4 * rig.legs[1]))
    return Figure(
        textures={lifted: beneath(body, skirt) for lifted, body in textures.items()},
        arms=arms,
        skirt=skirt,
        body_rig=replace(rig, hem=np.zeros_like(rig.hem)),
        skirt_rig=cloth,
    )


def _restore(backdrop: Array, picture: Array, alpha: Array) -> None:
    """Where nothing of the person is and the fill is as good as the photo, the backdrop is the photo; in place."""
    apart = cv2.absdiff(cv2.blur(backdrop, (5, 5)), cv2.blur(picture, (5, 5))).max(axis=2)
    same = ((alpha == 0) & (apart < 16)).astype(np.float32)
    size = 2 * max(2, picture.shape[0] // 160) + 1
    # Eroded before it is softened: nothing of the person's edge comes back.
    share = cv2.blur(cv2.erode(same, np.ones((size, size), np.uint8)), (size, size))
    backdrop[:] = cv2.blendLinear(np.ascontiguousarray(picture), np.ascontiguousarray(backdrop), share, 1 - share)


def _continued(texture: Array, maps: Array, view: View, at: tuple[int, int]) -> tuple[Array, Array, tuple[int, int]]:
    """Where the photo's border cuts the body, a mirrored strip beyond it, so that it may come a little further in."""
    strip = round(0.06 * view.height)
    cuts = view.cuts
    above, below, left, right = (strip * side for side in (cuts.top, cuts.bottom, cuts.left, cuts.right))
    if above + below + left + right == 0:
        return texture, maps, at
    texture = cv2.copyMakeBorder(texture, above, below, left, right, cv2.BORDER_REFLECT_101)
    maps = cv2.copyMakeBorder(maps, above, below, left, right, cv2.BORDER_CONSTANT, value=0)
    return texture, maps, (at[0] - left, at[1] - above)


def _cut_arms(
    stage: Stage, texture: Array, corner: tuple[int, int], labels: Array, sleeves: Array
) -> tuple[tuple[tuple[Arm, Reach], ...], dict[tuple[bool, bool], Array]]:
    """Arms for the sides that lift one in this film, and the figure's texture without each and without both."""
    textures = {(False, False): texture}
    arms: list[tuple[Arm, Reach]] = []
    room = (stage.margin[0], stage.margin[0] + stage.view.width)
    for side in (0, 1):
        if all(now.lifts[side].rests for now in stage.acts):
            continue
        for lifted in list(textures):
            arm, without = split(textures[lifted], corner, labels, sleeves, stage.bones, side)
            textures[(True, lifted[1]) if side == 0 else (lifted[0], True)] = without
            if lifted == (False, False):
                arms.append((arm, reach(arm, stage.bones, room)))
    return tuple(arms), textures


def _free_arms(scene: Scene) -> tuple[bool, bool]:
    person = scene.look.person
    whole = frame_view(person, person.photo.width, person.photo.height)
    bones = find_bones(person, whole, (0, 0))
    return free(bones, person.labels, 0), free(bones, person.labels, 1)


def _within(inside: Array) -> tuple[int, int, int, int]:
    rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    return int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1


def _margin(acts: tuple[Act, ...], view: View, box: Box) -> tuple[int, int, int, int]:
    """How much is needed beyond the frame (left, top, right, bottom) px, at most a quarter of it on each side.

    What the cameras look at, and what of the person lies in the photo beyond the frame: it may move in.
    """
    low_x = low_y = 0.0
    high_x, high_y = float(view.width), float(view.height)
    for now in acts:
        for lens in (now.backdrop, now.figure):
            low_x, low_y = min(low_x, -lens.dx / lens.scale), min(low_y, -lens.dy / lens.scale)
            high_x = max(high_x, (view.width - lens.dx) / lens.scale)
            high_y = max(high_y, (view.height - lens.dy) / lens.scale)
    (ax, ay), (bx, by) = view.points(np.array([[box.x0, box.y0], [box.x1, box.y1]]))
    limit_x, limit_y = view.width // 4, view.height // 4
    return (
        min(limit_x, int(np.ceil(max(-low_x, min(-ax, 0.15 * view.width), 0)))),
        min(limit_y, int(np.ceil(max(-low_y, min(-ay, 0.15 * view.height), 0)))),
        min(limit_x, int(np.ceil(max(high_x, min(bx, 1.15 * view.width))) - view.width)),
        min(limit_y, int(np.ceil(max(high_y, min(by, 1.15 * view.height))) - view.height)),
    )
