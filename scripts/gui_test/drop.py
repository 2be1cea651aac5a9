"""A file that is dragged from a file manager onto a window: the source's side of XDND, by Xlib alone."""

from __future__ import annotations

import ctypes
import time
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import POINTER, byref, c_char_p, c_int, c_long, c_ubyte, c_ulong, c_void_p
from pathlib import Path
from typing import Any

VERSION = 5
CLIENT_MESSAGE, SELECTION_REQUEST, SELECTION_NOTIFY = 33, 30, 31
#: Seconds until the window is taken to want nothing.
PATIENCE = 20.0

HEAD: list[Any] = [("type", c_int), ("serial", c_ulong), ("send_event", c_int), ("display", c_void_p)]


class Message(ctypes.Structure):
    """XClientMessageEvent."""

    _fields_ = [*HEAD, ("window", c_ulong), ("kind", c_ulong), ("format", c_int), ("data", c_long * 5)]


class Request(ctypes.Structure):
    """XSelectionRequestEvent."""

    _fields_ = [*HEAD, *((name, c_ulong) for name in ("owner", "to", "selection", "target", "place", "time"))]


class Notice(ctypes.Structure):
    """XSelectionEvent."""

    _fields_ = [*HEAD, *((name, c_ulong) for name in ("to", "selection", "target", "place", "time"))]


class Event(ctypes.Union):
    """XEvent."""

    _fields_ = [("message", Message), ("request", Request), ("notice", Notice), ("room", c_long * 24)]


def xlib() -> Any:
    """The library, told what it takes and gives."""
    library = ctypes.CDLL("libX11.so.6")
    long = c_ulong
    for name, gives, takes in (
        ("XOpenDisplay", c_void_p, [c_char_p]),
        ("XCloseDisplay", c_int, [c_void_p]),
        ("XDefaultRootWindow", long, [c_void_p]),
        ("XCreateSimpleWindow", long, [c_void_p, long, c_int, c_int, c_int, c_int, c_int, long, long]),
        ("XInternAtom", long, [c_void_p, c_char_p, c_int]),
        ("XSetSelectionOwner", c_int, [c_void_p, long, long, long]),
        ("XSendEvent", c_int, [c_void_p, long, c_int, c_long, POINTER(Event)]),
        ("XChangeProperty", c_int, [c_void_p, long, long, long, c_int, c_int, POINTER(c_ubyte), c_int]),
        ("XNextEvent", c_int, [c_void_p, POINTER(Event)]),
        ("XPending", c_int, [c_void_p]),
        ("XFlush", c_int, [c_void_p]),
    ):
        function = getattr(library, name)
        function.restype, function.argtypes = gives, takes
    return library


class Dragging:
    """A file under way to a window."""

    def __init__(self, library: Any, display: Any, file: Path, window: int) -> None:
        self.library, self.display, self.window = library, display, window
        self.content = f"{file.as_uri()}\r\n".encode()
        root = library.XDefaultRootWindow(display)
        self.source = library.XCreateSimpleWindow(display, root, 0, 0, 1, 1, 0, 0, 0)
        library.XSetSelectionOwner(display, self.atom("XdndSelection"), self.source, 0)

    def atom(self, name: str) -> int:
        number: int = self.library.XInternAtom(self.display, name.encode(), 0)
        return number

    def tell(self, kind: str, *data: int) -> None:
        """Send the window a message."""
        event = Event()
        said = event.message
        said.type, said.window, said.kind, said.format = CLIENT_MESSAGE, self.window, self.atom(kind), 32
        for k, value in enumerate((self.source, *data)):
            said.data[k] = value
        self.library.XSendEvent(self.display, self.window, 0, 0, byref(event))
        self.library.XFlush(self.display)

    def wait(self, kind: str) -> bool:
        """Wait for a message of the window, and hand out the file's name meanwhile; whether it came."""
        wanted, deadline = self.atom(kind), time.monotonic() + PATIENCE
        event = Event()
        while time.monotonic() < deadline:
            if not self.library.XPending(self.display):
                time.sleep(0.01)
                continue
            self.library.XNextEvent(self.display, byref(event))
            if event.message.type == SELECTION_REQUEST:
                self.hand_out(event.request)
            elif event.message.type == CLIENT_MESSAGE and event.message.kind == wanted:
                return True
        return False

    def hand_out(self, asked: Request) -> None:
        """Put the file's name where the window wants it."""
        data = (c_ubyte * len(self.content)).from_buffer_copy(self.content)
        self.library.XChangeProperty(self.display, asked.to, asked.place, asked.target, 8, 0, data, len(self.content))
        event = Event()
        said = event.notice
        said.type, said.to, said.selection = SELECTION_NOTIFY, asked.to, asked.selection
        said.target, said.place, said.time = asked.target, asked.place, asked.time
        self.library.XSendEvent(self.display, asked.to, 0, 0, byref(event))
        self.library.XFlush(self.display)


@contextmanager
def dragging(file: Path, window: int) -> Iterator[Dragging]:
    """Drag a file to a window of the display that is in the environment."""
    library = xlib()
    display = library.XOpenDisplay(None)
    try:
        yield Dragging(library, display, file, window)
    finally:
        library.XCloseDisplay(display)


def drop(file: Path, window: int, x: int, y: int) -> bool:
    """Let a file fall onto a place of the screen that is the window's; whether the window took it."""
    with dragging(file, window) as held:
        held.tell("XdndEnter", VERSION << 24, held.atom("text/uri-list"), 0, 0)
        for step in (3, 2, 1, 0):
            held.tell("XdndPosition", 0, (x - step) << 16 | (y - step), 0, held.atom("XdndActionCopy"))
            if not held.wait("XdndStatus"):
                return False
        held.tell("XdndDrop", 0, 0, 0, 0)
        return held.wait("XdndFinished")
