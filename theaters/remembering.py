"""What is worked out once for a showtime from memory: see known.py."""

from collections.abc import Callable
from functools import wraps


def follows_from_programme(work_out: Callable) -> Callable:
    """Decorator for a function of a showtime: with one from memory, the answer stays beside it. Do not change it."""

    @wraps(work_out)
    def answer(showtime):
        remembered = getattr(showtime, "remembered", None)
        if remembered is None:
            return work_out(showtime)
        if work_out not in remembered:
            remembered[work_out] = work_out(showtime)
        return remembered[work_out]

    return answer
