"""Singer tap that reads a Sage 300 company through its Web API."""
