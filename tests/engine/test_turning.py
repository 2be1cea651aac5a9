"""Planes that turn into each other, and the true landscapes in between."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import logm

from lsblender.engine import Experiment, Plane, turned
from lsblender.engine.projections.turning import shortest_rotation
from lsblender.errors import Cancelled, LsbError
from lsblender.settings import structure

SHARES = np.linspace(0.0, 1.0, 9)


def frame(*columns: int, size: int = 6) -> np.ndarray:
    """Axes 1, 2, ... of parameter space, negative ones reversed: (size, 2)."""
    return np.stack([np.sign(k) * np.eye(size)[abs(k) - 1] for k in columns], axis=1)


def plane(a: np.ndarray, origin: Any = None, **more: Any) -> Plane:
    return Plane(np.zeros(len(a)) if origin is None else origin, a[:, 0], a[:, 1], **more)


def frames_between(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The directions (9, P, 2) of the planes on the way."""
    planes = [turned(plane(a), plane(b), share) for share in SHARES]
    return np.array([np.stack([p.u, p.v], axis=1) for p in planes])


@st.composite
def two_frames(draw: Any) -> tuple[np.ndarray, np.ndarray]:
    """Random frames; often one that is all but the other, swapped, flipped or turned in its plane."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    size = draw(st.sampled_from([3, 4, 5, 40]))
    a, b = (np.linalg.qr(rng.normal(size=(size, 2)))[0] for _ in range(2))
    angle = rng.uniform(-np.pi, np.pi)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    matrices = [np.eye(2), np.eye(2)[::-1], np.diag([-1.0, 1.0]), -np.eye(2), turn]
    like_a = draw(st.sampled_from([None, *range(len(matrices))]))
    if like_a is not None:
        away = draw(st.sampled_from([0.0, 1e-12, 1e-8, 1e-4, 0.3]))
        b = np.linalg.qr(a @ matrices[like_a] + away * b)
        b = b[0] * np.sign(np.diag(b[1]))
    return a, b


def assert_even_turn(a: np.ndarray, b: np.ndarray) -> None:
    """Orthonormal all the way, both ends exact, every step as long as the others."""
    way = frames_between(a, b)
    np.testing.assert_array_equal(way[0], a)
    np.testing.assert_array_equal(way[-1], b)
    np.testing.assert_allclose(way.transpose(0, 2, 1) @ way, np.broadcast_to(np.eye(2), (9, 2, 2)), atol=1e-12)
    steps = np.linalg.norm(np.diff(way, axis=0), axis=(1, 2))
    np.testing.assert_allclose(steps, steps.mean(), atol=1e-8)
    # and each step is the same rotation: the directions after it are as far apart as those before
    cosines = np.einsum("tpk,tpk->t", way[1:], way[:-1])
    np.testing.assert_allclose(cosines, cosines.mean(), atol=1e-8)


@settings(max_examples=75, deadline=None, derandomize=True)
@given(two_frames())
def test_turn_of_any_two_frames(frames: tuple[np.ndarray, np.ndarray]) -> None:
    assert_even_turn(*frames)


@settings(max_examples=24, deadline=None, derandomize=True)
@given(st.integers(0, 2**32 - 1), st.sampled_from([4, 5, 30]))
def test_no_rotation_is_shorter(seed: int, size: int) -> None:
    """Against scipy's logarithm of other rotations that take the one frame to the other."""
    rng = np.random.default_rng(seed)
    a, b = (np.linalg.qr(rng.normal(size=(size, 2)))[0] for _ in range(2))
    space, rotation = shortest_rotation(a, b)
    np.testing.assert_allclose(rotation @ rotation.T, np.eye(4), atol=1e-12)
    assert np.linalg.det(rotation) == pytest.approx(1.0)
    np.testing.assert_allclose(space @ rotation @ space.T @ a, b, atol=1e-10)
    ours = np.linalg.norm(logm(rotation))
    end = space.T @ b
    rest = np.linalg.svd(end)[0][:, 2:]
    for angle in np.linspace(0.05, 2 * np.pi - 0.05, 17):
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        other = (end @ end.T + rest @ turn @ rest.T) @ rotation
        assert np.linalg.norm(logm(other)) >= ours - 1e-7


@pytest.mark.parametrize(
    ("there", "degrees"),
    [
        ((1, 2), (0, 0)),
        ((3, 4), (90, 90)),
        ((1, 3), (90, 0)),
        ((3, 2), (90, 0)),
        ((2, 3), (120, 0)),
        ((2, -1), (90, 0)),
        ((-1, -2), (180, 0)),
        ((2, 1), (180, 0)),
        ((-1, 2), (180, 0)),
        ((-1, 3), (180, 0)),
    ],
)
def test_by_how_much_the_axes_turn(there: tuple[int, int], degrees: tuple[int, int]) -> None:
    a, b = frame(1, 2), frame(*there)
    assert_even_turn(a, b)
    rotation = shortest_rotation(a, b)[1]
    angles = np.sort(np.degrees(np.abs(np.angle(np.linalg.eigvals(rotation)))))[::-1]
    assert angles[0] == pytest.approx(degrees[0], abs=1e-5)
    assert (angles[2] if len(angles) > 2 else 0) == pytest.approx(degrees[1], abs=1e-5)


@pytest.mark.parametrize("there", [(2, 1), (-1, 2)])
def test_mirrored_plane_is_turned_over(there: tuple[int, int]) -> None:
    """Half way one of its directions is out of the plane: nowhere do the two fall onto each other."""
    half = frames_between(frame(1, 2), frame(*there))[4]
    assert np.linalg.norm(half[2:]) == pytest.approx(1.0)
    with pytest.raises(LsbError, match="with two parameters it can not be turned over"):
        turned(plane(frame(1, 2, size=2)), plane(frame(*there, size=2)), 0.5)
    assert_even_turn(frame(1, 2, size=2), frame(2, -1, size=2))


def test_shared_axis_stays() -> None:
    """Whatever is on it has the same place on every plane between."""
    a, b = plane(frame(1, 2)), plane(frame(1, 3))
    theta = np.multiply.outer(np.linspace(-2, 2, 5), np.eye(6)[0])
    for share in SHARES:
        np.testing.assert_allclose(turned(a, b, share).transform(theta), a.transform(theta), atol=1e-12)


def test_where_planes_meet_the_ground_stays() -> None:
    """Two pairs of parameters, the others held at the same theta: that theta is on every plane between."""
    at = np.array([0.3, -2.0, 5.0, 1.0, 7.0])
    held = [np.where(np.isin(np.arange(5), pair), 0.0, at) for pair in ((0, 1), (2, 3))]
    a, b = plane(frame(1, 2, size=5), held[0]), plane(frame(3, 4, size=5), held[1])
    places = []
    for share in SHARES:
        between = turned(a, b, share)
        places.append(between.transform(at))
        np.testing.assert_allclose(between.inverse_transform(places[-1]), at, atol=1e-12)
    np.testing.assert_allclose(places, at[:2] + SHARES[:, None] * (at[2:4] - at[:2]), atol=1e-12)


def test_planes_that_hardly_meet_do_not_swing_away() -> None:
    """Nearly parallel and one turned in itself, they meet a million away; halfway is near both nevertheless."""
    b = frame(2, -1) + 1e-6 * frame(3, 4)
    half = turned(plane(frame(1, 2)), plane(np.linalg.qr(b)[0] * [1, 1], np.eye(6)[2]), 0.5)
    assert np.linalg.norm(half.origin) < 2


def test_lengths_and_angles_between_the_directions() -> None:
    """Directions that are neither unit nor at right angles: their products go over from one plane's to the other's."""
    rng = np.random.default_rng(4)
    (a, b), origins = rng.normal(size=(2, 7, 2)) * [3.0, 0.2], rng.normal(size=(2, 7))
    first, second = plane(a, origins[0]), plane(b, origins[1])
    for share, same in ((1e-9, first), (1 - 1e-9, second)):
        near = turned(first, second, share)
        for ours, expected in ((near.origin, same.origin), (near.u, same.u), (near.v, same.v)):
            np.testing.assert_allclose(ours, expected, atol=1e-7)
    lengths = [np.linalg.norm(turned(first, second, share).u) for share in SHARES]
    np.testing.assert_allclose(np.diff(lengths, 2), 0.0, atol=1e-12)


def test_units_of_the_parameters() -> None:
    """Planes of standardised parameters turn in those units, in which their axes are at right angles."""
    scale = np.array([1.0, 10.0, 0.1, 3.0, 1.0, 1.0])
    a, b = (plane(scale[:, None] * f, scale=scale) for f in (frame(1, 2), frame(3, 4)))
    half = turned(a, b, 0.5)
    assert half.scale is not None
    np.testing.assert_allclose(half.scale, scale, rtol=1e-12)
    expected = scale * (frame(1, 2) + frame(3, 4))[:, 0] / np.sqrt(2)
    np.testing.assert_allclose(half.u, expected, atol=1e-12)


def test_wrong_planes() -> None:
    with pytest.raises(LsbError, match="planes of 6 and 5 parameters"):
        turned(plane(frame(1, 2)), plane(frame(1, 2, size=5)), 0.5)
    with pytest.raises(LsbError, match="parallel or zero"):
        turned(plane(frame(1, 2)), plane(frame(1, 1)), 0.5)


# -- the landscapes in between -------------------------------------------------------------------------------

TABLE: dict[str, Any] = {
    "dataset": {"kind": "breast_cancer", "standardize": True},
    "optimizers": ["sgd", "adam"],
    "steps": 20,
    "resolution": [12, 9],
}


def surveys(first: Any, second: Any, **more: Any) -> Any:
    one = structure({**TABLE, **more, "projection": first}, Experiment)
    other = structure({**TABLE, **more, "projection": second, "resolution": [8, 20]}, Experiment)
    trained = one.train()
    return one.survey(trained=trained), other.survey(trained=trained)


PAIRS = [
    ({"kind": "pca"}, {"kind": "pca", "i": 2, "j": 3}),
    ({"kind": "pca", "standardize": True}, {"kind": "pca", "i": 1, "j": 0, "standardize": True}),
    ({"kind": "most_changed"}, {"kind": "most_changed", "rank": 2}),
    ({"kind": "segment_pca"}, {"kind": "segment_pca", "segment": 1}),
    ({"kind": "random"}, {"kind": "interpolation"}),
]


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_every_landscape_is_evaluated(first: Any, second: Any) -> None:
    """Against the loss of single thetas of the plane, for losses and for thetas that move with the shares."""
    one, other = surveys(first, second)
    path = one.trajectories[0].theta
    thetas = np.stack([path[k : k + 3] for k in range(4)])
    shares = [0.0, 0.25, 0.6, 1.0]
    found = list(one.turn(other, shares, thetas))
    assert [between.share for between in found] == shares
    for between, theta in zip(found, thetas, strict=True):
        chart, landscape = turned(one.chart, other.chart, between.share), between.landscape
        assert landscape.loss.shape == (9, 12)
        for j, i in ((0, 0), (4, 7), (8, 11)):
            at = chart.inverse_transform(np.array([landscape.x[i], landscape.y[j]]))
            assert landscape.loss[j, i] == pytest.approx(one.trained.loss(at), rel=1e-9)
        # nearest in the units of the chart: what is left is at right angles to both axes
        scale = 1.0 if chart.scale is None else chart.scale
        left = (theta - chart.inverse_transform(between.xy)) / scale
        for axis in (chart.u / scale, chart.v / scale):
            np.testing.assert_allclose(left @ axis, 0.0, atol=1e-9 * np.linalg.norm(axis) * np.abs(theta / scale).max())
        expected = [one.trained.loss(chart.inverse_transform(xy)) for xy in between.xy]
        np.testing.assert_allclose(between.surface_loss, expected, rtol=1e-12)
        assert landscape.paths == ()
        assert landscape.height == "loss"


def test_both_ends_are_the_landscapes_themselves() -> None:
    one, other = surveys({"kind": "pca"}, {"kind": "pca", "i": 2, "j": 3}, height="error_rate")
    thetas = one.trajectories[0].theta[-2:]
    first, last = one.turn(other, [0, 1], thetas)
    np.testing.assert_array_equal(first.landscape.loss, one.landscape().loss)
    np.testing.assert_array_equal(first.landscape.x, one.x)
    (last,) = one.turn(other, [1.0], thetas, (8, 20))
    np.testing.assert_array_equal(last.landscape.loss, other.landscape().loss)
    # two points by themselves: BLAS may round a product of other shape otherwise in the last digit
    np.testing.assert_allclose(last.xy, other.landscape().paths[0].xy[-2:], rtol=1e-13)
    assert first.landscape.facts == one.landscape().facts
    assert first.landscape.axis_names == ("PC1", "PC2")
    (half,) = one.turn(other, [0.5], thetas)
    assert half.landscape.axis_names == ("PC1 to PC3", "PC2 to PC4")
    assert half.landscape.height == "error_rate"


def test_progress_of_a_turn() -> None:
    one, other = surveys({"kind": "pca"}, {"kind": "pca", "i": 2, "j": 3})
    seen: list[float] = []
    list(one.turn(other, np.linspace(0, 1, 5), one.trajectories[0].theta[:1], progress=seen.append))
    assert seen == sorted(seen)
    assert seen[-1] == 1.0

    def stop(fraction: float) -> None:
        if fraction > 0.5:
            raise Cancelled

    with pytest.raises(Cancelled):
        list(one.turn(other, np.linspace(0, 1, 5), one.trajectories[0].theta[:1], progress=stop))


def test_what_can_not_be_turned() -> None:
    one, curved = surveys({"kind": "pca"}, {"kind": "kernel_pca"})
    theta = one.trajectories[0].theta[:1]
    for first, second in ((one, curved), (curved, one)):
        with pytest.raises(LsbError, match="unfold needs flat charts"):
            first.turn(second, [0.5], theta)
    more: Any
    for more in ({"steps": 21}, {"height": "accuracy"}, {"optimizers": ["sgd"]}):
        with pytest.raises(LsbError, match="unfold needs the same height of the same training"):
            one.turn(structure({**TABLE, **more}, Experiment).survey(), [0.5], theta)
    # trained twice is as good as shared
    twin = structure({**TABLE, "projection": {"kind": "pca", "i": 1, "j": 2}}, Experiment).survey()
    assert len(list(one.turn(twin, [0.5], theta))) == 1
