"""What the engine says about a sentence: what it did, and what one photo cannot show."""

from __future__ import annotations

from tryon.video.motion_grammar import Move, Script

_WORDS = {
    "push": "the camera moves in", "pull": "the camera moves back", "orbit": "the camera swings around",
    "tilt": "the camera tilts", "pan": "the camera pans", "hold": "the camera holds", "turn": "turns",
    "show": "turns to both sides to show the look", "look": "looks aside", "walk": "walks in place",
    "approach": "walks towards the camera", "back": "steps back", "sway": "sways", "weight": "shifts the weight",
    "wave": "waves", "raise": "raises a hand", "hips": "hands on hips", "dance": "moves to a rhythm",
    "wind": "a breeze in the cloth", "breathe": "breathes deeply", "stand": "stands still",
}  # fmt: skip

_WHAT = {
    "jump": "jumping", "sit": "sitting or bending down", "smile": "a change of the face", "hair": "touching the hair",
    "away": "walking away, seen from behind", "around": "turning all the way around", "aside": "walking sideways",
    "arm": "moving that arm", "other_arm": "moving that arm", "one_arm": "moving both arms",
}  # fmt: skip

_INSTEAD = {
    "jump": "a lively rhythm", "sit": "a shift of the weight", "smile": "a small tilt of the head",
    "hair": "a look aside", "away": "a few steps back", "around": "a turn to one side and the other",
    "aside": "steps on the spot, turned to that side", "arm": "a shift of the weight",
    "other_arm": "the other arm", "one_arm": "one arm",
}  # fmt: skip

_SIDED = frozenset({"turn", "pan", "orbit", "tilt", "look", "wave", "raise"})


def describe(script: Script) -> str:
    """The settled script in plain English: "turns left slowly, then walks towards the camera"."""
    return ", then ".join(" and ".join(_move(move) for move in step) for step in script.steps)


def _move(move: Move) -> str:
    text = _WORDS[move.kind]
    if move.side and move.kind in _SIDED:
        text += {"both": " with both hands"}.get(move.side, f" {move.side}")
    if move.speed < 0.95:
        text += " slowly"
    elif move.speed > 1.05:
        text += " quickly"
    return text + (" a little" if move.strength < 0.7 else "")


def what(kind: str) -> str:
    return _WHAT[kind]


def instead(kind: str) -> str:
    return _INSTEAD[kind]


def examples() -> str:
    return '"turns slowly to the left", "walks towards the camera", "the camera moves in"'
