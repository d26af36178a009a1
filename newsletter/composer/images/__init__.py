"""Pictures: what a file is (`sniff`), and a copy small enough for mail (`resize`)."""

#: Bytes of a picture in a message: copies are made no larger, and the checks warn of others.
MAX_IMAGE_BYTES = 200 * 1024
