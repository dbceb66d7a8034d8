"""Every remark that a run may make, with its English sentence; the page has the translations.

A note says what was decided for the user or what the result cannot show. `note("several_people", count=2)`.
"""

from __future__ import annotations

from collections.abc import Mapping

from tryon.types import Note

SENTENCES: Mapping[str, str] = {
    "several_people": "We see {count} people and dressed the largest one. Crop the photo to choose another.",
    "person_cut": "The photo ends at the {where}; what is below it stays as it is.",
    "not_sure": "We are not sure about the {what} in this photo; check the mask before you trust the result.",
    "small_photo": "That photo is small ({width} x {height}); a larger one gives a sharper result.",
    "wide_photo": "Wide photo: we use the part around the person.",
    "garment_worn": "Somebody wears the garment in its photo; we cut it out. A flat photo gives a cleaner result.",
    "garment_guess": "We took the garment for a {category}. Choose another kind if that is wrong.",
    "garment_unsure": "We are not sure what kind of garment this is and took it for a {category}.",
    "size_changed": "The size was set to {width} x {height}, the nearest that {model} can make.",
    "size_fits": "The size was set to {width} x {height}, the largest that {model} can make in this machine's memory.",
    "length_changed": "The length was set to {seconds} s, which {model} can make.",
    "fps_changed": "The video runs at {fps} frames a second, which {model} can make.",
    "motion_done": "Motion: {done}.",
    "motion_default": "The sentence names no motion we know; a gentle default was used. Try: {examples}.",
    "motion_not_possible": "Not possible from one photo: {what}. Instead: {instead}.",
    "prompt_cut": "The text was longer than {model} reads and was cut at: {at}.",
    "memory_step": "There was too little memory; the model goes on in a smaller form.",
    "memory_whole": "{model} stays whole on the graphics card, about {gpu} GB of it.",
    "memory_text": "{model} needs about {gpu} GB of the graphics card; its text reader passes through it in pieces.",
    "memory_model": "{model} waits in {ram} GB of main memory; its parts take turns on about {gpu} GB of the card.",
    "memory_int8": "{model} is on the graphics card at about half its size (int8): {gpu} GB of it.",
    "memory_int8_turns": "{model} is held at about half its size (int8); its parts take turns on {gpu} GB of the card.",
    "memory_fp8": "{model} is held at half its size and its parts take turns on about {gpu} GB of the card.",
    "memory_group": "{model} waits in {ram} GB of main memory and passes through about {gpu} GB of the card; slower.",
    "memory_sequential": "{model} goes through the card piece by piece, with about {gpu} GB of it; very slow.",
    "film_shorter": "There was too little memory for the whole film; it is {seconds} s long.",
    "film_smaller": "There was too little memory for that size; the film is {width} x {height}.",
    "film_built_in": "There was too little memory for {model}; {instead} made the film.",
    "download": "{model} is fetched first: about {gib} GB, once. Its licence: {licence}.",
    "no_gate": "No picture check is installed on this machine.",
    "photo_first_frame": "The picture moves in its file; we use its first frame.",
    "clip_first_frame": "{model} dresses photos, not clips; we use one frame of the clip.",
    "clip_kept": "A dressed clip keeps its own length, size and pace: {seconds} s of {width} x {height}, {fps} fps.",
    "clip_gaps": "Where the person cannot be seen well enough, the frames stay as they are ({share} % of the clip).",
    "clip_turned": "Where the person turns away, the front of the garment is carried along: its back is not known.",
    "outline_lost": "The garment's outline could not be matched to the body; the result is coarser than it could be.",
    "measured": "Measured on the result: its colour is {colour} from the garment's photo (CIEDE2000; below 2 nobody "
    "sees, above 10 is another colour), its print was found again to {print} %, outside the mask {outside} and in the "
    "face {face} of 255 levels changed.",
    "best_of": "Try {best} of {count} was kept, the best by what we can measure: its colour is {colour} from the "
    "garment's photo (CIEDE2000), its print was found again to {print} %, outside the mask {outside} and in the face "
    "{face} of 255 levels changed.",
    "wear_not_tucked": "Only a top that reaches the waist can be tucked in; this one hangs as it is.",
    "wear_not_open": "No front to open was found on this garment; it is worn closed.",
    "wear_not_rolled": "Only long sleeves can be rolled up; this garment has none.",
    "wear_not_read": "{model} does not read how a garment is worn and decides that itself.",
    "clip_reduced": "The clip was reduced from {width} x {height} to {to_width} x {to_height}, the size we dress.",
    "mask_edited": "Your edited mask was used.",
}


def note(code: str, **values: str | int | float) -> Note:
    """The note `code` with its sentence filled in. KeyError for an unknown code or a missing value."""
    return Note(code, SENTENCES[code].format(**values), values)
