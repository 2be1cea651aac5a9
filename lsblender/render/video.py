"""The film: frames encoded by FFmpeg (PyAV), without Blender.

The frames' values are taken as they are: what Blender's view transform has made of the light is in them already. They
are turned into BT.709 video range and said to be that, so that every player turns them back into the same values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import LsbError
from ..files import whole_file
from ..storyboard.films import GIF, Coding, FilmFormat

Pixels = NDArray[np.uint8]

#: FFmpeg's numbers of BT.709 and of RGB as a matrix, and of video range and full range.
BT709, RGB, VIDEO, FULL = 1, 0, 1, 2
#: Seconds in which the end of a loop fades into its beginning, and the largest share of the film that takes.
FADE, LARGEST_FADE = 1.0, 1 / 3
#: Pictures from which on some may be predicted from later ones: x265 writes times of chance if it was left to do that
#: in a film that ends before the first of them.
SHORTEST_WITH_B = 5


def encode(
    frames: Sequence[Path],
    film: Path,
    fps: Fraction | int,
    kind: FilmFormat,
    done: Callable[[float], None] | None = None,
) -> None:
    """Write the frames as a film without sound; `done` is told the share that is finished.

    Sizes are made even, where a format needs that, by leaving out a last row or column. Raises `LsbError` for a frame
    that can not be read, frames that are too small, and if the film can not be written.
    """
    pictures = Pictures(frames, Fraction(fps), kind)
    with whole_file(film) as temporary:
        if isinstance(kind, GIF):
            _write_gif(pictures, temporary, kind.coding(), done)
        else:
            _write_film(pictures, temporary, kind.coding(), done)


def read_frame(path: Path) -> Pixels:
    """A PNG file's values (H, W, 3), rows from the top. Raises `LsbError` if it is not one."""
    import av

    try:
        with av.open(str(path)) as container:
            return np.asarray(next(container.decode(video=0)).to_ndarray(format="rgb24"))
    except (av.FFmpegError, StopIteration):
        raise LsbError(f"'{path}' is not a picture that can be read") from None


def write_picture(pixels: Pixels, path: Path) -> None:
    """Write values (H, W, 3), rows from the top, as a PNG file."""
    import av

    context: Any = av.CodecContext.create("png", "w")
    context.height, context.width = pixels.shape[:2]
    context.pix_fmt, context.time_base = "rgb24", Fraction(1, 1)
    packets = context.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgb24"))
    path.write_bytes(b"".join(bytes(packet) for packet in [*packets, *context.encode(None)]))


def scaled(pixels: Pixels, size: tuple[int, int]) -> Pixels:
    """A picture (H, W, 3) in another width and height."""
    import av

    if pixels.shape[1::-1] == size:
        return pixels
    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgb24")
    fitting: Any = frame.reformat(width=size[0], height=size[1], format="rgb24", interpolation="AREA")
    return np.asarray(fitting.to_ndarray())


class Pictures:
    """The pictures of a film in their order, which may come back to the first, as often as the format shows them."""

    def __init__(self, frames: Sequence[Path], fps: Fraction, kind: FilmFormat) -> None:
        self.frames, self.fps, self.kind = frames, fps, kind
        self.order: list[tuple[int, int, float]] = _looped(len(frames), fps, kind.loop)
        if isinstance(kind, GIF):
            self._shorten(kind)
        height, width, _ = self._at(0).shape
        kind.check_size((width, height))
        if kind.is_even:
            width, height = width - width % 2, height - height % 2
        self.size = width, height

    def _shorten(self, kind: GIF) -> None:
        """Leave out pictures, evenly, until there are no more than the GIF may have."""
        seconds = min(float(len(self.order) / self.fps), kind.seconds)
        self.fps = min(self.fps, Fraction(kind.fps))
        count = max(1, min(len(self.order), round(seconds * float(self.fps))))
        self.order = [self.order[k * len(self.order) // count] for k in range(count)]

    def _at(self, number: int) -> Pixels:
        return read_frame(self.frames[number])

    def __len__(self) -> int:
        return len(self.order)

    def __iter__(self) -> Iterator[Pixels]:
        for first, second, share in self.order:
            picture = self._at(first)
            if share:
                mixed = picture + share * (self._at(second).astype(np.float32) - picture)
                picture = np.round(mixed).astype(np.uint8)
            yield np.ascontiguousarray(picture[: self.size[1], : self.size[0]])


def _looped(count: int, fps: Fraction, loop: str) -> list[tuple[int, int, float]]:
    """The numbers of the frames in their order, each with one that is mixed in and to what share.

    `there_and_back` goes back to the beginning; `fade` lets the last second go over into the first one.
    """
    order = list(range(count))
    if loop == "there_and_back":
        order += order[-2:0:-1]
    if loop != "fade":
        return [(number, number, 0.0) for number in order]
    length = min(round(FADE * float(fps)), int(count * LARGEST_FADE))
    mixed = [(count - length + k, k, (k + 1) / (length + 1)) for k in range(length)]
    return mixed + [(number, number, 0.0) for number in order[length : count - length]]


def _write_film(pictures: Pictures, path: Path, coding: Coding, done: Callable[[float], None] | None) -> None:
    import av

    fast = {"movflags": "+faststart"} if path.suffix.lower() in (".mp4", ".mov") else {}
    with av.open(str(path), "w", options=fast) as container:
        stream: Any = container.add_stream(coding.encoder, rate=pictures.fps, options=dict(coding.options))
        stream.width, stream.height = pictures.size
        stream.pix_fmt = coding.pixels
        context = stream.codec_context
        context.gop_size = max(1, round(float(pictures.fps)))
        is_rgb = not coding.pixels.startswith("yuv")
        context.colorspace, context.color_range = (RGB, FULL) if is_rgb else (BT709, VIDEO)
        context.color_primaries = context.color_trc = BT709
        if coding.tag:
            context.codec_tag = coding.tag
        if len(pictures) < SHORTEST_WITH_B:
            context.max_b_frames = 0
        for number, picture in enumerate(pictures):
            frame = _converted(av.VideoFrame.from_ndarray(picture, format="rgb24"), coding.pixels, is_rgb)
            frame.pts, frame.time_base = number, 1 / pictures.fps
            container.mux(stream.encode(frame))
            if done:
                done((number + 1) / len(pictures))
        container.mux(stream.encode(None))


def _converted(frame: Any, pixels: str, is_rgb: bool) -> Any:
    """A frame in RGB as the encoder wants it."""
    if is_rgb:
        made = frame.reformat(format=pixels)
        made.colorspace, made.color_range = RGB, FULL
    else:
        made = frame.reformat(
            format=pixels, dst_colorspace=BT709, src_color_range=FULL, dst_color_range=VIDEO, interpolation="AREA"
        )
        made.colorspace, made.color_range = BT709, VIDEO
    made.color_primaries = made.color_trc = BT709
    return made


def _write_gif(pictures: Pictures, path: Path, coding: Coding, done: Callable[[float], None] | None) -> None:
    """A GIF that is played again and again, in the colours of its own."""
    import av

    assert isinstance(pictures.kind, GIF)
    width = min(pictures.size[0], pictures.kind.width)
    size = width, max(1, round(pictures.size[1] * width / pictures.size[0]))
    palette = _palette(pictures, size)
    with av.open(str(path), "w", format="gif", options={"loop": "0"}) as container:
        stream: Any = container.add_stream(coding.encoder, rate=pictures.fps)
        stream.width, stream.height = size
        stream.pix_fmt = coding.pixels
        graph, shown = _with_palette(pictures, size, palette, coding.options["dither"])
        for number, picture in enumerate(pictures):
            shown.push(_timed(picture, size, number, pictures.fps))
            container.mux(stream.encode(graph.vpull()))
            if done:
                done((number + 1) / len(pictures))
        container.mux(stream.encode(None))


def _timed(picture: Pixels, size: tuple[int, int], number: int, fps: Fraction) -> Any:
    """A picture, made to fit the size, as FFmpeg's frame with its time."""
    import av

    made = av.VideoFrame.from_ndarray(scaled(picture, size), format="rgb24")
    made.pts, made.time_base = number, 1 / fps
    return made


def _palette(pictures: Pictures, size: tuple[int, int]) -> Any:
    """The 256 colours that suit all pictures best, as FFmpeg's frame of them."""
    from av.filter import Graph

    graph: Any = Graph()
    source = graph.add_buffer(width=size[0], height=size[1], format="rgb24", time_base=1 / pictures.fps)
    maker = graph.add("palettegen", "stats_mode=full:reserve_transparent=0")
    sink = graph.add("buffersink")
    source.link_to(maker)
    maker.link_to(sink)
    graph.configure()
    for number, picture in enumerate(pictures):
        source.push(_timed(picture, size, number, pictures.fps))
    source.push(None)
    return sink.pull()


def _with_palette(pictures: Pictures, size: tuple[int, int], palette: Any, dither: str) -> tuple[Any, Any]:
    """A graph that gives pictures the palette's colours, and where they go in."""
    from av.filter import Graph

    graph: Any = Graph()
    source = graph.add_buffer(width=size[0], height=size[1], format="rgb24", time_base=1 / pictures.fps)
    colours = graph.add_buffer(
        width=palette.width, height=palette.height, format=palette.format.name, time_base=1 / pictures.fps
    )
    user = graph.add("paletteuse", f"dither={dither}:diff_mode=rectangle")
    sink = graph.add("buffersink")
    source.link_to(user, 0, 0)
    colours.link_to(user, 0, 1)
    user.link_to(sink)
    graph.configure()
    palette.pts = 0
    colours.push(palette)
    colours.push(None)
    return graph, source
