"""HTTP without an area: templates, forms, sessions' cookies, headers, errors."""
