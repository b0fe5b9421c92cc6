"""Singer target that loads an Anaplan model through files and import actions."""
