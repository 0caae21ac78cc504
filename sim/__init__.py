"""Monte Carlo simulation of courses of treatment for back spasm."""

__version__ = "0.3.0"
