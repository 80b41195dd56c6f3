"""What the processes do: each calls what the command of the same name calls."""
