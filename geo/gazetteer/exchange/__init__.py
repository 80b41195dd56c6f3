"""The gazetteer in and out: census sheets, national JSON, Linked Places, maps, a feed of changes."""
