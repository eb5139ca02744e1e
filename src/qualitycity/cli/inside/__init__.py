"""What runs inside Django, in processes of its own that get their environment from ``database.py``."""
