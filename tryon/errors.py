"""Every error that a user may meet, each with its sentence.

One hierarchy: `TryonError` and below. An error carries a `code` (stable, for translation and the API), the
values of its sentence, and the control (`field`) that caused it. `str(error)` is the English sentence; it
never holds a path, a file name or a traceback.
"""

from __future__ import annotations

from typing import ClassVar

Value = str | int | float


class TryonError(Exception):
    """Base of all errors whose sentence may be shown to a user."""

    code: ClassVar[str] = "internal"
    sentence: ClassVar[str] = "Something went wrong on our side. Your photos are still here, please try again."
    field: ClassVar[str | None] = None

    def __init__(self, *, where: str | None = None, **values: Value) -> None:
        self.values: dict[str, Value] = values
        self.where = where or self.field
        super().__init__(self.sentence.format(**values))

    @property
    def text(self) -> str:
        return str(self)

    def __reduce__(self) -> tuple[object, ...]:
        return _again, (type(self), self.where, self.values)  # crosses to and from worker processes


def _again(cls: type[TryonError], where: str | None, values: dict[str, Value]) -> TryonError:
    return cls(where=where, **values)


class Stopped(TryonError):
    code = "stopped"
    sentence = "Stopped. Nothing was kept."


# ------------------------------------------------------------------------------------------ pictures in


class PhotoRejected(TryonError):
    """A picture that cannot be taken. `where` says which: person or garment."""

    code = "photo_unreadable"
    sentence = "We could not open that file. Use a JPEG, PNG, WebP or HEIC photo."


class PhotoTooHeavy(PhotoRejected):
    code = "photo_too_heavy"
    sentence = "That file is {megabytes} MB. Please use one under {limit} MB."


class PhotoTooLarge(PhotoRejected):
    code = "photo_too_large"
    sentence = "That picture is too large. Please use one under {limit} megapixels."


class PhotoTooSmall(PhotoRejected):
    code = "photo_too_small"
    sentence = "That picture is only {width} x {height}. Please use one at least {limit} pixels on its short side."


class PhotoTooLong(PhotoRejected):
    code = "photo_too_long"
    sentence = "That picture is {width} x {height}, too narrow a strip. Please crop it to one person or one garment."


class PhotoBlank(PhotoRejected):
    code = "photo_blank"
    sentence = "That picture is empty: it has one colour all over. Please choose another."


class ClipRejected(PhotoRejected):
    code = "clip_unreadable"
    sentence = (
        "We could not read that clip. Use an mp4, mov or webm of at most {seconds} seconds and 1920 x 1920 pixels."
    )


# --------------------------------------------------------------------------------------- pictures' content


class PictureRefused(TryonError):
    """The picture gate withheld a picture. `what`: person, garment or result."""

    code = "picture_refused"
    sentence = (
        "The picture check holds the {what} picture back: it rates it {score} % as showing nudity or sexual content, "
        "and {limit} % is the limit. It can be wrong; another photo may pass."
    )


class NoPerson(TryonError):
    code = "no_person"
    sentence = (
        "We could not find a person in that photo. Use a photo of one person, facing the camera, from head to knees."
    )
    field = "person"


class PersonIncomplete(TryonError):
    """The part of the body that the garment needs is not in the picture."""

    code = "person_incomplete"
    sentence = "The photo does not show enough of the person for this garment. Use one that shows {needed}."
    field = "person"


class NoGarment(TryonError):
    code = "no_garment"
    sentence = (
        "We could not make out a garment in that photo. Use one garment on a plain background, or choose its kind."
    )
    field = "garment"


class CategoryMismatch(TryonError):
    code = "category_mismatch"
    sentence = "{model} cannot put on a {category}. Choose another try-on model, or another garment."
    field = "transfer"


# ------------------------------------------------------------------------------------------------ orders


class OrderError(TryonError):
    """A request that cannot be planned."""

    code = "order"
    sentence = "{reason}"


class MissingInput(OrderError):
    code = "missing_input"
    sentence = "Add a photo of the {what} first."


class SameGarment(OrderError):
    code = "same_garment"
    sentence = "The same garment photo is there twice. Take one of the two away, or choose another."
    field = "garment"


class ConsentMissing(OrderError):
    code = "consent"
    sentence = "Please confirm that this is your photo, or that you have permission to use it."
    field = "consent"


class UnknownModel(OrderError):
    code = "unknown_model"
    sentence = "There is no {kind} model called {name}. Choose one of: {choices}."


class NotACategory(OrderError):
    code = "not_a_category"
    sentence = "The kind of garment must be top, bottom or dress."
    field = "category"


class NotAWear(OrderError):
    code = "not_a_wear"
    sentence = "A garment can be worn tucked, open or rolled, each named once."
    field = "garment"


class NotAQuality(OrderError):
    code = "not_a_quality"
    sentence = "The quality must be draft, standard or best."
    field = "quality"


class NotASize(OrderError):
    code = "not_a_size"
    sentence = "The size must be a width and a height, for example 720x1280."
    field = "size"


class NeedsClip(OrderError):
    code = "needs_clip"
    sentence = "{model} needs a clip of the person to move like. Use a clip, or another video model."
    field = "person"


class NotOnThisMachine(OrderError):
    """A model that cannot be taken here; the kinds below say why."""

    code = "not_on_this_machine"
    sentence = "{model} cannot run on this machine. Take {instead} instead."


class NeedsPackages(NotOnThisMachine):
    code = "needs_packages"
    sentence = (
        "{model} cannot run on this machine: it needs the full set of packages (pip install tryon[{extra}]). "
        "Take {instead} instead."
    )


class NeedsGpu(NotOnThisMachine):
    code = "needs_gpu"
    sentence = (
        "{model} cannot run on this machine: it needs a GPU with about {gib} GB; there is none here. "
        "Take {instead} instead."
    )


class NeedsLargerGpu(NotOnThisMachine):
    code = "needs_larger_gpu"
    sentence = (
        "{model} cannot run on this machine: it needs about {gib} GB of GPU memory; this card has {have}. "
        "Take {instead} instead."
    )


class NeedsMemory(NotOnThisMachine):
    code = "needs_memory"
    sentence = (
        "{model} cannot run on this machine: it needs about {gib} GB of main memory beside this card; "
        "there are {have}. Take {instead} instead."
    )


class NotForSale(NotOnThisMachine):
    code = "not_for_sale"
    sentence = (
        "{model} cannot be taken here: its licence ({licence}) does not allow commercial use. Take {instead} instead."
    )


class TooMuchFor(OrderError):
    """A film that does not fit into this machine's memory in any way."""

    code = "too_much_for"
    sentence = (
        "{model} needs about {need} GB of GPU memory for {seconds} s at {width} x {height}; this machine has "
        "{have} GB, and {ram} GB of main memory. Take {instead} instead."
    )
    field = "size"


class NoCache(OrderError):
    """A video model that can leave out no work, or not in that way, or not with so few steps."""

    code = "no_cache"
    sentence = "{model} has no cache called {name} for a film of {steps} steps. It has: {choices}."
    field = "cache"


class NoRoom(OrderError):
    code = "no_room"
    sentence = (
        "{model} is a download of about {gib} GB, and there are {free} GB free on the disk. Take {instead} instead."
    )
    field = "video"


class BadNumber(OrderError):
    code = "bad_number"
    sentence = "{name} must be between {low} and {high}, not {value}."


class PromptTooLong(OrderError):
    code = "prompt_too_long"
    sentence = "Keep the motion text under {limit} characters."
    field = "prompt"


class PromptRefused(OrderError):
    code = "prompt_refused"
    sentence = "We do not make pictures like that. Please describe how the person should move."
    field = "prompt"


# -------------------------------------------------------------------------------------------- running it


class TooBusy(TryonError):
    code = "too_busy"
    sentence = "All mirrors are taken. Please try again in about {minutes} min."


class AlreadyRunning(TryonError):
    code = "already_running"
    sentence = "One of your looks is already being made. Wait for it, or stop it first."


class DeadlinePassed(TryonError):
    code = "deadline"
    sentence = "This took longer than {seconds} seconds and was stopped. Choose a smaller size or a faster model."


class OutOfMemory(TryonError):
    code = "out_of_memory"
    sentence = (
        "{model} needs more memory than this machine has free. Choose a smaller size, a shorter video or {instead}."
    )


class WeightsMissing(TryonError):
    code = "weights_missing"
    sentence = "{model} is not complete on this machine: {missing}. Download it again, or take {instead}."


class WeightsRefused(TryonError):
    code = "weights_refused"
    sentence = "The weights of {model} are in a form that could run code; only safetensors are opened."


class WeightsGated(TryonError):
    code = "weights_gated"
    sentence = (
        "The authors of {model} ask everyone to accept their terms first. Visit {page}, accept them, log in on this "
        "machine with the command hf auth login, and try again."
    )


class WeightsElsewhere(TryonError):
    """Weights that are on no hub: people fetch them from the authors' page themselves."""

    code = "weights_elsewhere"
    sentence = (
        "The authors of {model} give its files only on {page}. Fetch {missing} from there, put them into the folder "
        "{folder} of the weights folder and try again, or take {instead}."
    )


class WeightsUnpublished(TryonError):
    """A system of which there is a paper and nothing else."""

    code = "weights_unpublished"
    sentence = (
        "Nobody has ever published weights of {model}. Train your own with {command}, put them into the folder "
        "{folder} of the weights folder and try again, or take {instead}."
    )


class WeightsUnreachable(TryonError):
    code = "weights_unreachable"
    sentence = "The files of {model} could not be downloaded. Check the connection and try again, or take {instead}."


class EncodeFailed(TryonError):
    code = "encode"
    sentence = "The video could not be written. Please try again, or choose another size."


class EmptyResult(TryonError):
    """A backend gave a film without a picture in it: black from an overflow, or one grey all over."""

    code = "empty_result"
    sentence = "{model} gave an empty picture. Try another seed, another size or another model."
    field = "video"


class DiskFull(TryonError):
    code = "disk_full"
    sentence = "There is no space left to write the result. Please tell whoever runs this page."


class SessionGone(TryonError):
    code = "session_gone"
    sentence = "Your pictures were deleted, as promised. Please add them again."


def every_error() -> list[type[TryonError]]:
    """All error classes, base first: for the translation table and the tests."""
    found: list[type[TryonError]] = []
    todo: list[type[TryonError]] = [TryonError]
    while todo:
        cls = todo.pop(0)
        found.append(cls)
        todo.extend(cls.__subclasses__())
    return found
