"""YAML files into typed settings, with every error at its file, line and path."""
