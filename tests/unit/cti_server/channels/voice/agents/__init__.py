"""Tests of agents between engine and PBX."""
