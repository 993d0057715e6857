"""The former name of `csta.codec.table`."""

from csta.codec.table import SHAPES, shape_for_root, shape_of
from csta.schema.elements import Shape

__all__ = ["SHAPES", "Shape", "shape_for_root", "shape_of"]
