"""From claims to the parameters with which the model meets them, as nearly as their doubts allow."""
