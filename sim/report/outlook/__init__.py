"""What the outlook of one patient returns: its table, figure, report and terminal output."""
