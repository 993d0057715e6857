"""The switch's CSTA face: applications served in the dialects of three PBXs, with one switching model behind them."""

from lab.csta.face import CstaFace
from lab.csta.model import Model, Rules
from lab.csta.routing import RoutePlan
from lab.csta.way import Way

__all__ = ["CstaFace", "Model", "RoutePlan", "Rules", "Way"]
