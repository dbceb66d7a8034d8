"""Several tries at one order, from a first guess or from nothing, and the best of them by what can be measured."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from typing import TypeVar

from tryon.catalog import Catalog
from tryon.events import Event, Progress
from tryon.fitting import paste_back, redressed, untouched
from tryon.judging import UNKNOWN, Measures, best_of, measure
from tryon.notes import note
from tryon.prints import with_print
from tryon.spec import TransferModel, TransferSpec
from tryon.types import Dressed, Fitting, Job, Mask, Note, Person, Photo

T = TypeVar("T")
Steps = Generator[Event, None, T]
# A fitting and seeds -> a result for each; None where they cannot be made at once.
Together = Callable[[Fitting, tuple[int, ...]], Steps[list[Dressed] | None]]
SEEDS = 2**32


@dataclass(frozen=True, slots=True, eq=False)
class Try:
    """A dressed photo with its analysis and measures. `measures` None: nothing was measured."""

    photo: Photo
    alpha: Mask
    person: Person
    measures: Measures | None


def guesser_for(job: Job, spec: TransferSpec, fitting: Fitting, catalog: Catalog) -> str | None:
    """The backend that makes the first guess; None where none was asked for or the chosen backend takes none."""
    if job.strength >= 1 or not spec.guessed or fitting.mask is None:
        return None
    makers = (e.spec.name for e in catalog.of("transfer") if isinstance(e.spec, TransferSpec) and e.spec.guesses)
    return next(makers, None)


def tried(
    model: TransferModel, fitting: Fitting, samples: int, *, together: Together | None = None
) -> Steps[list[Dressed]]:
    """`samples` results with seeds that follow each other, one progress over all of them. Prints of the first guess
    come back afterwards; a guess from which nothing may move is the result itself. `together` may make all at once."""
    guess = fitting.guess
    if guess is not None and fitting.strength <= 0:
        return [guess]
    seeds = tuple((fitting.seed + index) % SEEDS for index in range(samples))
    found = (yield from together(fitting, seeds)) if together is not None and samples > 1 else None
    if found is None:
        found = []
        for index, seed in enumerate(seeds):
            found.append((yield from _shared(model(replace(fitting, seed=seed)), index, samples)))
    return found if guess is None else [with_print(result, guess, fitting.category) for result in found]


def _shared(steps: Steps[T], index: int, count: int) -> Steps[T]:
    """The events of one of several runs; its progress is that share of the whole."""
    try:
        while True:
            event = next(steps)
            if isinstance(event, Progress) and count > 1:
                event = replace(event, fraction=(index + event.fraction) / count, seconds_left=None)
            yield event
    except StopIteration as stop:
        result: T = stop.value
        return result
    finally:
        steps.close()


def judged(
    person: Person,
    fitting: Fitting,
    results: list[Dressed],
    parse: Callable[[Photo], Person],
    *,
    painted: bool,
    mask: Mask | None = None,
) -> tuple[Try, tuple[Note, ...]]:
    """The best of the results in the whole photo, and what was measured on it, as remarks.

    `painted`: by a model; that is measured, and kept from face, hands and what is outside `mask` (h, w) at the photo's
    size.
    """
    kept = untouched(person, mask) if painted else None
    tries = []
    for dressed in results:
        photo, alpha = paste_back(person.photo, fitting.crop, dressed, kept)
        after = parse(photo) if dressed.labels is None else redressed(person, photo, fitting.crop, dressed, alpha)
        found = measure(person, photo, after.labels, alpha, fitting.garments) if painted else None
        tries.append(Try(photo, alpha, after, found))
    best = best_of([one.measures for one in tries if one.measures]) if painted else 0
    found = tries[best].measures
    return tries[best], (_told(found, best, len(tries)),) if found else ()


def _told(found: Measures, best: int, count: int) -> Note:
    colour = "?" if found.colour >= UNKNOWN else f"{found.colour:.1f}"
    values: dict[str, str | int | float] = {
        "colour": colour,
        "print": round(100 * found.print),
        "outside": f"{found.outside:.1f}",
        "face": f"{found.face:.1f}",
    }
    if count > 1:
        return note("best_of", best=best + 1, count=count, **values)
    return note("measured", **values)
