"""Publications of the gazetteer, built from its database."""
