"""How long what is said of a recipient may be."""

NAME_MAX_CHARS = 120
LICENCE_MAX_CHARS = 120
TERMS_MAX_CHARS = 4000
