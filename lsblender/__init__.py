"""lsblender: loss landscapes as art you can trust."""
