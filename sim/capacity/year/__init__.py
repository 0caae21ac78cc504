"""Years of a clinic that books appointments, by compiled functions."""
