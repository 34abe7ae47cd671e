"""What buyers saw and what was done to the servers, counted from many threads."""

import threading
from collections import Counter


class Tally:
    def __init__(self):
        self._lock = threading.Lock()
        self.answers: Counter = Counter()
        self.deeds: Counter = Counter()
        self.faults: Counter = Counter()
        self.problems: list[str] = []
        self.seconds: list[float] = []

    def answer(self, status: int | str, seconds: float) -> None:
        with self._lock:
            self.answers[status] += 1
            self.seconds.append(seconds)

    def deed(self, name: str) -> None:
        with self._lock:
            self.deeds[name] += 1

    def fault(self, name: str) -> None:
        with self._lock:
            self.faults[name] += 1

    def problem(self, sentence: str) -> None:
        with self._lock:
            self.problems.append(sentence)

    def slowest(self, share: float) -> float:
        """Seconds within which that share of all pages was answered."""
        ordered = sorted(self.seconds) or [0.0]
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
