"""What the Sage 300 and Anaplan plugins share."""
