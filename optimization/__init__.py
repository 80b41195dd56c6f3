"""Where to build next, what it costs, and why not here: sitings with a proven bound."""
