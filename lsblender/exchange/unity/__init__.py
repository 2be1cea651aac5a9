"""A package for Unity: what is computed, and scripts that play it."""

from .package import UnityPackage, package_name

__all__ = ["UnityPackage", "package_name"]
