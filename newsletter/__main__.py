"""The entry point. `--version` is answered before anything else is imported."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Run the command line; the installed `newsletter` command calls this function."""
    if sys.argv[1:] == ["--version"]:
        from newsletter import __version__

        sys.stdout.write(f"newsletter {__version__}\n")
        return
    # Whatever is written, by us or by a library, is this user's alone.
    os.umask(0o077)
    from newsletter.cli.main import cli

    cli(prog_name="newsletter")


if __name__ == "__main__":
    main()
