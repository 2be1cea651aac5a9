"""Transitions: how one landscape gives way to the next."""

from __future__ import annotations

from dataclasses import dataclass

from ..registry import Registry


class Transition:
    """A way from the shot before into this one."""


TRANSITIONS: Registry[Transition] = Registry("transition", Transition)


@TRANSITIONS.register("cut")
@dataclass(frozen=True)
class Cut(Transition):
    """The next landscape is there from one frame to the next."""
