"""The embedded engine's video: the dressed photo as a relief with a skeleton, moved as the sentence says.

Frame 0 is the photo itself, framed; what follows eases away from it. Nothing is learnt and nothing is random
beyond the seed's choice of side and of the idle movements' phases: the same scene gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from tryon.notes import note
from tryon.spec import Runtime, VideoModel, VideoSpec
from tryon.types import LABEL, Event, FrameReady, Note, Pixels, Scene
from tryon.video.motion_grammar import Script, read_sentence
from tryon.video.motion_report import describe, examples, instead, what
from tryon.video.motion_timeline import Curves, curves, impossible, settle, with_arms
from tryon.video.relief.acting import Act, act
from tryon.video.relief.arms import Arm, free, split
from tryon.video.relief.backdrop import complete
from tryon.video.relief.framing import View, frame_view, is_whole, on_canvas, scaled, still
from tryon.video.relief.gestures import Reach, draw_arm, reach
from tryon.video.relief.matte import cut_out, excluded
from tryon.video.relief.outline import corrected
from tryon.video.relief.pose import displaced
from tryon.video.relief.render import Painter
from tryon.video.relief.rig import Bones, build_rig, find_bones

Array = NDArray[Any]

SPEC = VideoSpec(
    name="motion",
    title="Built-in motion",
    family="tryon",
    about="Moves your own picture: every print stays exact, on any computer, in seconds.",
    licence="Apache-2.0",
    commercial=True,
    source="tryon/video/motion.py",
    reads=frozenset({"look", "labels", "keypoints", "depth", "outline", "prompt"}),
    rank=10,
    any_size=True,
    stride=1,
    frames=(2, 300),
    loops=True,
)


def load(runtime: Runtime) -> VideoModel:
    """Nothing to load: the engine is code."""
    return film


def film(scene: Scene) -> Iterator[Event]:
    """Notes, then exactly scene.frames FrameReady; closing the generator stops at the next frame."""
    script = read_sentence(scene.prompt)
    plan = settle(script, scene.seed)
    stage, plan, stiff = _Stage.of(scene, plan)
    yield from _notes(scene.prompt, script, plan, stiff)
    first = stage.first_frame()
    if first is not None:
        yield FrameReady(0, scene.frames, first)
    painter = stage.painter()
    for index in range(scene.frames):
        if index == 0 and first is not None:
            continue
        yield FrameReady(index, scene.frames, stage.frame(painter, index))


def _notes(prompt: str, script: Script, plan: Script, stiff: bool) -> Iterator[Note]:
    for kind in (*impossible(script), *(("arm",) if stiff else ())):
        yield note("motion_not_possible", what=what(kind), instead=instead(kind))
    if script.steps:
        yield note("motion_done", done=describe(plan))
    elif prompt:  # nothing was said: nothing was missed
        yield note("motion_default", examples=examples())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stage:
    """A scene with everything that is known before pixels are worked on."""

    scene: Scene
    view: View
    picture: Pixels  # the photo at the view's scale
    bones: Bones
    acts: tuple[Act, ...]  # frames + 1
    margin: tuple[int, int, int, int]

    @staticmethod
    def of(scene: Scene, plan: Script) -> tuple[_Stage, Script, bool]:
        """The stage, the plan without what this body cannot do, and whether an arm was among that."""
        person = scene.look.person
        view = frame_view(person, scene.width, scene.height)
        loose = _free_arms(scene)
        plan, stiff = with_arms(plan, loose)
        lines: Curves = curves(plan, scene.frames, scene.fps, scene.seed, scene.loop)
        bones = find_bones(person, view, (0, 0))
        acts = act(lines, bones, view, scene.fps, scene.loop)
        margin = _margin(acts, view)
        stage = _Stage(
            scene=scene,
            view=view,
            picture=scaled(scene.look.photo.pixels, view),
            bones=find_bones(person, view, margin[:2]),
            acts=acts,
            margin=margin,
        )
        return stage, plan, stiff

    def first_frame(self) -> Pixels | None:
        """The framed photo, where no background has to be made for it."""
        return still(self.picture, self.view) if is_whole(self.view) else None

    def painter(self) -> Painter:
        view, margin, person = self.view, self.margin, self.scene.look.person
        canvas, inside = on_canvas(self.picture, view, margin)
        outline, _ = on_canvas(scaled(person.outline, view), view, margin)
        size = view.photo_width, view.photo_height
        labels, _ = on_canvas(cv2.resize(person.labels, size, interpolation=cv2.INTER_NEAREST), view, margin)
        outline = corrected(canvas, inside, outline, labels)
        backdrop = complete(canvas, inside & ~excluded(outline, view.height))
        top, bottom, left, right = _within(inside)
        cut = slice(top, bottom), slice(left, right)
        texture = cut_out(canvas[cut], outline[cut], backdrop[cut], labels[cut] == LABEL["hair"])
        arms, textures = self._arms(texture, (left, top), labels[cut])
        return Painter(
            width=view.width,
            height=view.height,
            margin=margin[:2],
            backdrop=backdrop,
            textures=textures,
            arms=arms,
            texture_at=(left, top),
            rig=build_rig(person, view, margin[:2], self.bones),
        )

    def frame(self, painter: Painter, index: int) -> Pixels:
        now = self.acts[index]
        shift = self.margin[0], self.margin[1]
        frame = painter.background(now.backdrop.moved_origin(*shift))
        if index == 0:
            return self._still(painter, frame)
        x, y = displaced(painter.rig, now.pose)
        lens = now.figure.moved_origin(*shift)
        lifted = not now.lifts[0].rests, not now.lifts[1].rests
        painter.draw_figure(frame, x, y, lens, lifted)
        for arm, goal in painter.arms:
            if lifted[arm.side]:
                at = painter.moved(arm.shoulder, x, y)
                draw_arm(frame, arm, goal, now.lifts[arm.side], at, lens, painter.margin)
        return frame

    def _arms(
        self, texture: Array, corner: tuple[int, int], labels: Array
    ) -> tuple[Any, dict[tuple[bool, bool], Array]]:
        """Cut-out arms for the sides that lift one in this film, and the figure's texture without each and both."""
        textures = {(False, False): texture}
        arms: list[tuple[Arm, Reach]] = []
        room = (self.margin[0], self.margin[0] + self.view.width)
        for side in (0, 1):
            if all(now.lifts[side].rests for now in self.acts):
                continue
            for lifted in list(textures):
                arm, without = split(textures[lifted], corner, labels, self.bones, side)
                textures[(True, lifted[1]) if side == 0 else (lifted[0], True)] = without
                if lifted == (False, False):
                    arms.append((arm, reach(arm, self.bones, room)))
        return tuple(arms), textures

    def _still(self, painter: Painter, frame: Pixels) -> Pixels:
        """The framed photo over the completed background: what first_frame() is where the photo covers all."""
        canvas, inside = on_canvas(self.picture, self.view, (0, 0, 0, 0))
        np.copyto(frame, canvas, where=inside[..., None])
        return frame


def _free_arms(scene: Scene) -> tuple[bool, bool]:
    person = scene.look.person
    whole = frame_view(person, person.photo.width, person.photo.height)
    bones = find_bones(person, whole, (0, 0))
    return free(bones, person.labels, 0), free(bones, person.labels, 1)


def _within(inside: Array) -> tuple[int, int, int, int]:
    rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    return int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1


def _margin(acts: tuple[Act, ...], view: View) -> tuple[int, int, int, int]:
    """How far beyond the frame the cameras look (left, top, right, bottom) px, at most a quarter of the frame."""
    low_x = low_y = 0.0
    high_x, high_y = float(view.width), float(view.height)
    for now in acts:
        for lens in (now.backdrop, now.figure):
            low_x, low_y = min(low_x, -lens.dx / lens.scale), min(low_y, -lens.dy / lens.scale)
            high_x = max(high_x, (view.width - lens.dx) / lens.scale)
            high_y = max(high_y, (view.height - lens.dy) / lens.scale)
    limit_x, limit_y = view.width // 4, view.height // 4
    left, top = min(limit_x, int(np.ceil(-low_x))), min(limit_y, int(np.ceil(-low_y)))
    right, bottom = int(np.ceil(high_x)) - view.width, int(np.ceil(high_y)) - view.height
    return left, top, min(limit_x, right), min(limit_y, bottom)
