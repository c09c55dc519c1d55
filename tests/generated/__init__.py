"""Files made from the code: the schema of runbooks, the catalogue of checks, the texts to translate."""
