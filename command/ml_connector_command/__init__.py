"""The ml-connector command."""
