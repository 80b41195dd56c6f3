"""Where a facility may stand: premises, land, rooms and street points, and why others may not."""
