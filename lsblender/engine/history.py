"""Training histories of your own: where another program's optimizer was, step by step.

A history is an .npz file: `theta (T, P)`, one row per recorded step; `loss (T,)`, if it is known; `groups (K,)`, the
numbers of parameters that belong together (layers), with `group_names (K,)`, `group_filters (K,)` (units that a group
feeds) and `group_is_bias (K,)`, if these are known; `name ()` of the optimizer; `every ()`, how many steps lie between
two rows. `record` writes such files. Instead of theta there may be xy (T, 2), for a surface that is read as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import LsbError
from .archives import Archive, open_archive
from .imported.tracks import Track, archive_tracks
from .objective import Array, Group, Objective, Progress, losses_in_blocks, no_progress
from .training import Trajectory
from .untrusted import checked_file

#: By how much the losses of a history may differ from the model's without a word: single precision, and more.
AGREES = 1e-3


@dataclass(frozen=True, eq=False)
class History:
    """A recorded training: theta (T, P), its losses (T,) where they are known, and the groups of parameters, one of all
    where they are not. A row is `every` steps of the training.
    """

    theta: Array
    loss: Array | None
    groups: tuple[Group, ...]
    name: str
    every: int = 1

    def trajectory(self, objective: Objective, progress: Progress | None = None) -> Trajectory:
        """The path of the history with the losses that the objective has there.

        Raises `LsbError` where the two do not have the same number of parameters, or a loss is not finite.
        """
        count = self.theta.shape[1]
        if count != objective.n_params:
            raise LsbError(f"the history has {count} parameters; {objective.name} has {objective.n_params} here")
        with np.errstate(over="ignore", under="ignore", invalid="ignore", divide="ignore"):
            loss = losses_in_blocks(objective.losses, self.theta, objective.points_at_once, progress or no_progress)
        if not np.isfinite(loss).all():
            raise LsbError(f"the loss of {objective.name} is not finite at row {int(np.argmin(np.isfinite(loss)))}")
        return Trajectory(self.theta, loss, self.name)

    def notes(self, loss: Array) -> tuple[str, ...]:
        """What a picture must say, where the model has the losses (T,) along the history."""
        said = [f"Each step here is {self.every} steps of the training."] if self.every > 1 else []
        if self.loss is not None:
            spread = float(np.ptp(loss)) or 1.0
            off = float(np.nanmax(np.abs(self.loss - loss), initial=0.0)) / spread
            if off > AGREES:
                said.append(
                    f"The losses that were recorded differ from this model's by up to {100 * off:.2g} % of their range."
                )
        return tuple(said)


def read_history(file: str | Path) -> History:
    """The history in an .npz file. Raises `LsbError` with the key that is missing or wrong."""
    file = checked_file(str(file), "the history's file")
    with open_archive(file) as archive:
        theta = archive.numbers("theta", ("steps", "parameters"))
        if not theta.size:
            raise LsbError("at least one step and one parameter are needed", "theta")
        if not np.isfinite(theta).all():
            raise LsbError(f"row {int(np.argmin(np.isfinite(theta).all(axis=1)))} is not finite", "theta")
        (track,) = archive_tracks(archive, file.stem)
        groups = _groups(archive, theta.shape[1])
        every = _whole(archive, "every", ())[()] if "every" in archive else 1
        if every < 1:
            raise LsbError(f"{every} steps lie between two rows; at least 1 is needed", "every")
        return History(theta, track.loss, groups, track.name, int(every))


def history_tracks(file: str | Path) -> tuple[Track, ...]:
    """The path in a history's file, for a surface that is read: xy, or theta and the surface's plane."""
    checked = checked_file(str(file), "the history's file")
    with open_archive(checked) as archive:
        tracks = archive_tracks(archive, checked.stem)
        if not tracks:
            raise LsbError("theta (T, P), or xy (T, 2), is missing")
        return tracks


def _groups(archive: Archive, count: int) -> tuple[Group, ...]:
    """The groups of so many parameters."""
    if "groups" not in archive:
        return (Group("weights", 0, count),)
    sizes = _whole(archive, "groups", ("groups",))
    if (sizes < 1).any() or sizes.sum() != count:
        raise LsbError(f"sizes that add up to {sizes.sum()}; they must be positive and add up to {count}", "groups")
    number = len(sizes)
    names = archive.texts("group_names", (number,)) if "group_names" in archive else [f"{k}" for k in range(number)]
    filters = _whole(archive, "group_filters", (number,)) if "group_filters" in archive else np.ones(number, np.int64)
    biases = archive.numbers("group_is_bias", (number,)) if "group_is_bias" in archive else np.zeros(number)
    if (filters < 1).any() or (sizes % filters).any():
        raise LsbError("each must divide the size of its group", "group_filters")
    return groups_of(sizes.tolist(), names, filters.tolist(), biases.astype(bool).tolist())


def groups_of(
    sizes: Sequence[int], names: Sequence[str], filters: Sequence[int], biases: Sequence[bool]
) -> tuple[Group, ...]:
    """Groups of these sizes, one after the other."""
    ends = np.cumsum(sizes).tolist()
    return tuple(
        Group(name, end - size, end, is_bias, filters_in)
        for name, size, end, is_bias, filters_in in zip(names, sizes, ends, biases, filters, strict=True)
    )


def _whole(archive: Archive, key: str, shape: tuple[int | str, ...]) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    """An array of whole numbers."""
    numbers = archive.numbers(key, shape)
    if not np.isfinite(numbers).all() or (numbers != np.round(numbers)).any() or (np.abs(numbers) > 2**53).any():
        raise LsbError("whole numbers are needed", key)
    return numbers.astype(np.int64)
