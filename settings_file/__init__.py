"""YAML files into typed settings, with every error at its file, line and path."""

from settings_file.document import read_document
from settings_file.loading import load, message_of
from settings_file.model import NumberText, SettingsModel
from settings_file.problems import Lines, Problem
from settings_file.suggestions import did_you_mean

__all__ = ["Lines", "NumberText", "Problem", "SettingsModel", "did_you_mean", "load", "message_of", "read_document"]
