"""Work that takes long: kept in the store until it is done, whatever happens to the server."""
