"""What the image starts: refuse what would harm the volume, then become `newsletter`.

It replaces itself by the program, so that the program is process 1 and gets the signals.
"""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

_WRONG_SETTINGS = 2


def find_obstacle(folder: Path, user: int, group: int) -> str:
    """Return why no newsletter should be kept in `folder` by this user, "" if one may be."""
    if user == 0:
        return (
            "This image does not run as root: what root writes to the volume, its own user could "
            "not read later. Leave out `--user root` (`user: root`); for a folder of yours say "
            '`--user "$(stat -c %u:%g FOLDER)"`.'
        )
    if not folder.is_dir():
        return f"{folder} is not there: mount a volume at it (`--volume newsletter:{folder}`)."
    if os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        return ""
    if os.statvfs(folder).f_flag & os.ST_RDONLY:
        return (
            f"The volume at {folder} is mounted read-only, and the newsletter keeps there what it "
            "sent to whom: mount it without `:ro`."
        )
    status = folder.stat()
    return (
        f"The volume at {folder} belongs to user {status.st_uid} (mode "
        f"{stat.S_IMODE(status.st_mode):04o}), and this is user {user}: say `chown -R "
        f"{user}:{group}` about the folder that is mounted there, or run the image with "
        f"`--user {status.st_uid}:{status.st_gid}`."
    )


def main() -> None:
    """Become `newsletter` with the same arguments, or say why not."""
    folder = Path(os.environ.get("NEWSLETTER_FOLDER") or "/data")
    obstacle = find_obstacle(folder, os.geteuid(), os.getegid())
    if obstacle:
        sys.stderr.write(f"newsletter: {obstacle}\n")
        sys.exit(_WRONG_SETTINGS)
    program = Path(sys.executable).with_name("newsletter")
    # No shell: the words are those of `docker run`, and the program is a file of the image.
    os.execv(program, [str(program), *sys.argv[1:]])  # noqa: S606


if __name__ == "__main__":
    main()
