"""Writing through the Web API: bodies, rules of single resources, batches, processes."""
