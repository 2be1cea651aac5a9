"""Dropping a file onto a window as a file manager does: the source's side of XDND version 5, by Xlib.

A source that is asked owns the selection `XdndSelection`. It tells the window under the mouse what comes and where,
drops, and gives the addresses of its files when the window asks for the selection.
"""

from __future__ import annotations

import ctypes
import time
from ctypes import POINTER, Structure, Union, byref, c_char_p, c_int, c_long, c_ulong, c_void_p
from pathlib import Path

VERSION = 5
#: Kinds of events, from X.h.
SELECTION_REQUEST, SELECTION_NOTIFY, CLIENT_MESSAGE = 30, 31, 33
#: The type of a property that holds an atom, from Xatom.h, and that it takes the place of the old.
ATOM, REPLACE = 4, 0
FILES = "text/uri-list"
#: Seconds that the window has to answer.
PATIENCE = 20.0


class Message(Structure):
    _fields_ = (
        ("type", c_int), ("serial", c_ulong), ("send_event", c_int), ("display", c_void_p), ("window", c_ulong),
        ("message_type", c_ulong), ("format", c_int), ("data", c_long * 5),
    )  # fmt: skip


class Request(Structure):
    _fields_ = (
        ("type", c_int), ("serial", c_ulong), ("send_event", c_int), ("display", c_void_p), ("owner", c_ulong),
        ("requestor", c_ulong), ("selection", c_ulong), ("target", c_ulong), ("property", c_ulong), ("time", c_ulong),
    )  # fmt: skip


class Notice(Structure):
    _fields_ = (
        ("type", c_int), ("serial", c_ulong), ("send_event", c_int), ("display", c_void_p), ("requestor", c_ulong),
        ("selection", c_ulong), ("target", c_ulong), ("property", c_ulong), ("time", c_ulong),
    )  # fmt: skip


class Event(Union):
    _fields_ = (("type", c_int), ("message", Message), ("request", Request), ("notice", Notice), ("room", c_long * 24))


class Source:
    """A client of the display with a file in its hand."""

    def __init__(self, file: Path) -> None:
        self.uris = f"{file.as_uri()}\r\n".encode()
        self.x = ctypes.CDLL("libX11.so.6")
        for name in ("XDefaultRootWindow", "XCreateSimpleWindow", "XInternAtom"):
            getattr(self.x, name).restype = c_ulong
        self.x.XOpenDisplay.restype = c_void_p
        self.display = c_void_p(self.x.XOpenDisplay(None))
        self.root = self.x.XDefaultRootWindow(self.display)
        self.window = self.x.XCreateSimpleWindow(
            self.display, c_ulong(self.root), 0, 0, 1, 1, 0, c_ulong(0), c_ulong(0)
        )

    def atom(self, name: str) -> int:
        return int(self.x.XInternAtom(self.display, name.encode(), 0))

    def target(self) -> int:
        """The window that takes drops: Blender's is the only one."""
        above, parent, windows, count = c_ulong(), c_ulong(), POINTER(c_ulong)(), ctypes.c_uint()
        found: list[int] = [self.root]
        for window in found:
            kind, form, length, rest, data = c_ulong(), c_int(), c_ulong(), c_ulong(), c_char_p()
            self.x.XGetWindowProperty(
                self.display, c_ulong(window), c_ulong(self.atom("XdndAware")), c_long(0), c_long(1), 0, c_ulong(0),
                byref(kind), byref(form), byref(length), byref(rest), byref(data),
            )  # fmt: skip
            if kind.value:
                return window
            self.x.XQueryTree(self.display, c_ulong(window), byref(above), byref(parent), byref(windows), byref(count))
            found.extend(windows[: count.value])
        raise OSError("no window takes drops")

    def tell(self, name: str, *data: int) -> None:
        """Send the window a message of the protocol."""
        event = Event()
        event.message.type, event.message.format = CLIENT_MESSAGE, 32
        event.message.window, event.message.message_type = self.goal, self.atom(name)
        for k, number in enumerate((self.window, *data)):
            event.message.data[k] = number
        self.x.XSendEvent(self.display, c_ulong(self.goal), 0, c_long(0), byref(event))
        self.x.XFlush(self.display)

    def answer(self, name: str) -> Message:
        """The window's message of this name; gives it the files when it asks for them."""
        event, deadline = Event(), time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if not self.x.XPending(self.display):
                time.sleep(0.005)
                continue
            self.x.XNextEvent(self.display, byref(event))
            if event.type == SELECTION_REQUEST:
                self.give(event.request)
            elif event.type == CLIENT_MESSAGE and event.message.message_type == self.atom(name):
                message: Message = event.message
                return message
        raise TimeoutError(f"the window did not answer with {name}")

    def give(self, request: Request) -> None:
        kind = self.atom(FILES)
        known = request.target == kind
        if known:
            self.x.XChangeProperty(
                self.display, c_ulong(request.requestor), c_ulong(request.property), c_ulong(kind), 8, REPLACE,
                self.uris, len(self.uris),
            )  # fmt: skip
        event = Event()
        notice = event.notice
        notice.type, notice.requestor, notice.selection = SELECTION_NOTIFY, request.requestor, request.selection
        notice.target, notice.property, notice.time = request.target, request.property if known else 0, request.time
        self.x.XSendEvent(self.display, c_ulong(request.requestor), 0, c_long(0), byref(event))
        self.x.XFlush(self.display)

    def drop(self, x: int, y: int) -> None:
        """Carry the file to a place on the screen and let it go. Raises `OSError` if the window does not take it."""
        self.goal = self.target()
        self.x.XSetSelectionOwner(self.display, c_ulong(self.atom("XdndSelection")), c_ulong(self.window), c_ulong(0))
        self.tell("XdndEnter", VERSION << 24, self.atom(FILES), 0, 0)
        for near in (3, 2, 1, 0):
            self.tell("XdndPosition", 0, (x - near) << 16 | y, 0, self.atom("XdndActionCopy"))
            status = self.answer("XdndStatus")
        if not status.data[1] & 1:
            raise OSError("the window does not take the file")
        self.tell("XdndDrop", 0, 0)
        self.answer("XdndFinished")
