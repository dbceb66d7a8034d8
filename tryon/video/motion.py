"""The embedded engine's video: the dressed photo as a relief with a skeleton, moved as the sentence says.

Frame 0 is the photo itself, framed; what follows eases away from it. Nothing is learnt and nothing is random
beyond the seed's choice of side and of the idle movements' phases: the same scene gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator

from tryon.events import Event, FrameReady
from tryon.notes import note
from tryon.spec import Runtime, VideoModel, VideoSpec
from tryon.types import Note, Scene
from tryon.video.motion_grammar import GROUPS, Script, read_sentence
from tryon.video.motion_report import describe, examples, instead, what
from tryon.video.motion_timeline import impossible, settle
from tryon.video.relief.stage import Stage, build_set, build_stage, paint

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
    stage = build_stage(scene, settle(script, scene.seed))
    yield from _notes(script, stage)
    first = stage.first_frame()
    if first is not None:
        yield FrameReady(0, scene.frames, first)
    scenery = build_set(stage)
    for index in range(0 if first is None else 1, scene.frames):
        yield FrameReady(index, scene.frames, paint(scenery, index))


def _notes(script: Script, stage: Stage) -> Iterator[Note]:
    # Which arm is the seed's choice where the sentence does not say: then another one is nothing to be told.
    named = any(move.side for move in script.moves if GROUPS[move.kind] == "arms")
    arms = (kind for kind in stage.arms if named or kind != "other_arm")
    for kind in (*impossible(script), *arms):
        yield note("motion_not_possible", what=what(kind), instead=instead(kind))
    if script.steps:
        yield note("motion_done", done=describe(stage.script))
    else:
        yield note("motion_default", examples=examples())
