"""A second source and the gazetteer: which records are which places, decided and taken back."""
