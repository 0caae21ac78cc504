"""Tables that users bring: rows of CSV files and of sheets of workbooks, cells with their places."""
