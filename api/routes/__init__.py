"""What the server answers beside the standards of OGC."""
