"""Frames and films from a built scene."""
