"""lsblender: loss landscapes as art you can trust."""


def register() -> None:
    """Enable the add-on."""
    from . import ui

    ui.register()


def unregister() -> None:
    """Disable the add-on."""
    from . import ui

    ui.unregister()
