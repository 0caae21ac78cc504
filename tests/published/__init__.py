"""Published answers of other packages for the value of information, beside this program's on the same draws."""
