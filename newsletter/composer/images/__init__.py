"""Recognise pictures, and make copies of them that are small enough for mail.

    bytes of a picture ─▶ resize.resize_image ─▶ ResizedImage | NotResized
                          at most MAX_IMAGE_BYTES
    first bytes of one ─▶ sniff.sniff_image ──▶ ImageInfo | None   for the checks

`newsletter/collecting/picture_copies.py` fetches pictures and stores the copies.
"""

#: Bytes of a picture in a message: copies are made no larger, and the checks warn of others.
MAX_IMAGE_BYTES = 200 * 1024
