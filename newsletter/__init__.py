"""Happy Trails: posts come in, one issue goes out, each subscriber gets it once."""

__version__ = "0.1.0"
