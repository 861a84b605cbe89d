"""What kinds of recipients there are, and how long what is said of them may be."""

from enum import StrEnum

NAME_MAX_CHARS = 120
LICENCE_MAX_CHARS = 120
TERMS_MAX_CHARS = 4000


class RecipientKind(StrEnum):
    """The class of an organisation: what people agree to is said by class."""

    INTERNAL = "internal"
    """the organisation that runs this installation"""
    RESEARCH = "research"
    """a university, an institute, a non-profit laboratory"""
    COMPANY = "company"
    """anybody who trains for profit"""
    PUBLIC = "public"
    """published: whoever wants it"""
