"""The text engine: pure functions over what people write; knows no area, no web and no database."""
