"""Film formats: into what kind of file the frames are encoded.

A format says which of FFmpeg's encoders it takes and with what; the frames themselves are always the same. All carry
BT.709 colour in video range, which every player understands. Only where nothing may be lost do the frames' own RGB
values go into the file, which fewer players show.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from ..errors import LsbError
from ..registry import Registry
from ..settings import setting

QUALITIES = ("low", "medium", "high", "lossless")
LOOPS = ("none", "there_and_back", "fade")


@dataclass(frozen=True)
class Coding:
    """An encoder by FFmpeg's name, its pixels, and its options; `tag` is the codec's name in the file where players
    ask for another than FFmpeg's.
    """

    encoder: str
    pixels: str
    options: Mapping[str, str] = field(default_factory=dict)
    tag: str = ""


@dataclass(frozen=True)
class FilmFormat:
    """Base of all formats: a film without sound. `suffix` is its file's."""

    suffix: ClassVar[str]
    #: Whether an odd last row or column is left out.
    is_even: ClassVar[bool] = True
    #: The smallest width and height that the encoder can take without harm, in pixels.
    least: ClassVar[tuple[int, int]] = (1, 1)

    quality: str = setting("high", "How much of the frames is kept", choices=QUALITIES)
    loop: str = setting(
        "none", "How the end leads back to the beginning where the film is played again and again", choices=LOOPS
    )

    def coding(self) -> Coding:
        """How the frames are encoded."""
        raise NotImplementedError

    def check_size(self, size: tuple[int, int]) -> None:
        """Raise `LsbError` if pictures of this width and height are too small for a film in this format."""
        if size[0] < self.least[0] or size[1] < self.least[1]:
            least = " x ".join(map(str, self.least))
            kind, found = FILMS.kind(self), " x ".join(map(str, size))
            raise LsbError(f"a film in {kind} is at least {least} pixels, not {found}", "size")


FILMS: Registry[FilmFormat] = Registry("film", FilmFormat)


@FILMS.register("h264", "H.264 (MP4)")
class H264(FilmFormat):
    """H.264 in MP4: plays everywhere. Lossless: RGB, for editing programs and VLC."""

    suffix: ClassVar[str] = ".mp4"

    def coding(self) -> Coding:
        if self.quality == "lossless":
            return Coding("libx264rgb", "rgb24", {"qp": "0", "preset": "medium"})
        factor = {"low": "28", "medium": "22", "high": "15"}[self.quality]
        return Coding("libx264", "yuv420p", {"crf": factor, "preset": "slow", "tune": "animation"})


@FILMS.register("h265", "H.265 (MP4)")
class H265(FilmFormat):
    """H.265 in MP4: smaller than H.264; plays on most machines of the last ten years."""

    suffix: ClassVar[str] = ".mp4"
    #: x265 writes past its memory for narrower pictures.
    least: ClassVar[tuple[int, int]] = (64, 16)

    def coding(self) -> Coding:
        quiet = "log-level=error"
        if self.quality == "lossless":
            return Coding("libx265", "gbrp", {"x265-params": f"lossless=1:{quiet}", "preset": "medium"}, "hvc1")
        factor = {"low": "30", "medium": "24", "high": "16"}[self.quality]
        return Coding("libx265", "yuv420p", {"crf": factor, "preset": "medium", "x265-params": quiet}, "hvc1")


@FILMS.register("av1", "AV1 (MP4)")
@dataclass(frozen=True)
class AV1(FilmFormat):
    """AV1 in MP4, ten bits: smaller than H.264; plays in present-day browsers."""

    suffix: ClassVar[str] = ".mp4"
    #: SVT-AV1 ends the program at 16 x 16.
    least: ClassVar[tuple[int, int]] = (32, 32)

    quality: str = setting("high", "How much of the frames is kept", choices=QUALITIES[:3])

    def coding(self) -> Coding:
        factor = {"low": "45", "medium": "32", "high": "15"}[self.quality]
        return Coding("libsvtav1", "yuv420p10le", {"crf": factor, "preset": "6"})


@FILMS.register("webm", "WebM (VP9)")
class WebM(FilmFormat):
    """VP9 in WebM: for web pages."""

    suffix: ClassVar[str] = ".webm"

    def coding(self) -> Coding:
        common = {"b": "0", "row-mt": "1", "deadline": "good", "cpu-used": "2"}
        if self.quality == "lossless":
            return Coding("libvpx-vp9", "gbrp", {**common, "lossless": "1"})
        factor = {"low": "42", "medium": "32", "high": "15"}[self.quality]
        return Coding("libvpx-vp9", "yuv420p", {**common, "crf": factor})


@FILMS.register("prores", "ProRes (MOV)")
@dataclass(frozen=True)
class ProRes(FilmFormat):
    """ProRes 422 in MOV, ten bits: LT, standard and HQ; for cutting."""

    suffix: ClassVar[str] = ".mov"

    quality: str = setting("high", "How much of the frames is kept", choices=QUALITIES[:3])

    def coding(self) -> Coding:
        profile = {"low": "1", "medium": "2", "high": "3"}[self.quality]
        return Coding("prores_ks", "yuv422p10le", {"profile": profile, "vendor": "apl0"})


@FILMS.register("gif", "GIF")
@dataclass(frozen=True)
class GIF(FilmFormat):
    """A short, small GIF that plays again and again, with the 256 colours that suit it best."""

    suffix: ClassVar[str] = ".gif"
    is_even: ClassVar[bool] = False

    quality: str = setting("high", "How smoothly colours go over into each other", choices=QUALITIES[:3])
    width: int = setting(480, "Largest width", min=16, max=1920, unit="pixels")
    fps: int = setting(15, "Most frames per second", min=1, max=50)
    seconds: float = setting(10.0, "Longest time; a longer film is played faster", min=0.1, max=120.0, unit="s")

    def coding(self) -> Coding:
        dither = {"low": "none", "medium": "bayer:bayer_scale=4", "high": "sierra2_4a"}[self.quality]
        return Coding("gif", "pal8", {"dither": dither})


def format_for(suffix: str, wanted: FilmFormat, is_asked: bool) -> FilmFormat:
    """The format of a file that ends in `suffix`: the one that is wanted if it ends so, another with its settings if
    nobody asked for that one in particular.

    Raises `LsbError` if there is none.
    """
    if wanted.suffix == suffix:
        return wanted
    if is_asked:
        raise LsbError(f"a film in {FILMS.kind(wanted)} ends in '{wanted.suffix}', not in '{suffix}'", "-o")
    for cls in FILMS.values():
        if cls.suffix == suffix:
            return cls(quality=wanted.quality, loop=wanted.loop)
    known = ", ".join(dict.fromkeys(cls.suffix for cls in FILMS.values()))
    raise LsbError(f"no film ends in '{suffix}'; choose from {known}", "-o")
