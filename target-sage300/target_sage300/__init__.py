"""Singer target that posts GL and AP batches into Sage 300."""
