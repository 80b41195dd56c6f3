"""Cases of the gazetteer: from proposal to decision, filing, announcement, signs and archive."""
