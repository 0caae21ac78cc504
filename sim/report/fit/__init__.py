"""What a fit to records returns: its tables, figures, report and terminal output."""
