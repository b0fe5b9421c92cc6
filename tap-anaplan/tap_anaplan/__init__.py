"""Singer tap that reads an Anaplan model."""
