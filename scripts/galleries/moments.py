"""Which moments of a film a contact sheet shows."""

from __future__ import annotations

from collections.abc import Sequence


def shares(lengths: Sequence[int], count: int) -> list[int]:
    """How many of `count` moments go to each segment of so many frames: at least one each, else by length.

    The next moment goes where a moment stands for most frames (Adams's method, which gives everybody one first).
    """
    if count < len(lengths):
        raise ValueError(f"{count} moments are too few for {len(lengths)} segments")
    given = [1] * len(lengths)
    for _ in range(count - len(lengths)):
        longest = max(range(len(lengths)), key=lambda k: lengths[k] / given[k])
        given[longest] += 1
    return given


def moments(segments: Sequence[Sequence[int]], count: int) -> list[int]:
    """The numbers of `count` frames, in their order: every segment is seen, in the middle of equal parts of it."""
    chosen = []
    for frames, share in zip(segments, shares([len(frames) for frames in segments], count), strict=True):
        chosen += [frames[int((k + 0.5) * len(frames) / share)] for k in range(share)]
    return chosen


def rows(segments: int, columns: int, least: int) -> int:
    """The rows of a sheet on which every segment has a cell."""
    return max(least, -(-segments // columns))
