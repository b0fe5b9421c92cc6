"""The imitated endpoints, by subject."""
