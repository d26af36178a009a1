"""Who writes the sample blog. The blog, its author and her town are invented."""

from __future__ import annotations

TITLE = "The Long Way Home"
TAGLINE = "Trails, tea and now and then a personal best"
AUTHOR = "Maren Holloway"
SIGN_OFF = "Happy Trails and Happy Running,"
POSTAL_ADDRESS = "12 Mill Street, Alder Creek, Alberta, Canada"
TIMEZONE = "America/Edmonton"
