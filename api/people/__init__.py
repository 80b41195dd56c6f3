"""Who asks, and what he may do: accounts, sessions, keys, roles and the log of who came in."""
