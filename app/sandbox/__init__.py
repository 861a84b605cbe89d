"""The engine that runs programs of people where they can do no harm: one program in, one result out."""
