"""Recipients: the organisations that exports are made for, each with a secret key by which its copies are known."""
