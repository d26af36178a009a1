"""Recognise pictures, and make copies of them that are small enough for mail.

    bytes of a picture ─▶ worker.PictureWorker ─▶ ResizedImage | NotResized
                              │      ▲            at most MAX_IMAGE_BYTES
                              ▼      │
                          child: resize.resize_image   limited in memory, time and pixels

    first bytes of one ─▶ sniff.sniff_image ─▶ ImageInfo | None   for the checks

`newsletter/collecting/picture_copying.py` fetches pictures and stores the copies.
"""

#: Bytes of a picture in a message: copies are made no larger, and the checks warn of others.
MAX_IMAGE_BYTES = 200 * 1024
