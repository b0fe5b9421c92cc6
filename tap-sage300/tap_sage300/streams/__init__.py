"""The streams, by Sage module."""
