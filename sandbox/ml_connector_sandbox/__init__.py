"""Sage 300 and Anaplan servers for trying out and testing."""
