"""Learning from what happened: published trials, and a clinic's own records."""
