"""Tests of talks at the phone."""
