"""Reading the calls of the tracking spec: pure Python, no database, no clock."""
