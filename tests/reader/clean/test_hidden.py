"""What the page hides from its readers does not go out by mail."""

from __future__ import annotations

import pytest

from tests.reader.clean.conftest import Clean

RUN = "<p>Two loops around the reservoir before the rain came.</p>"
SECRET = "Ask Kim before this goes out."


@pytest.mark.parametrize(
    "hidden",
    [
        f"<p hidden>{SECRET}</p>",
        f'<p style="display:none">{SECRET}</p>',
        f'<p style="color:red; DISPLAY : none !important;">{SECRET}</p>',
        f'<div style="visibility: hidden"><p>{SECRET}</p></div>',
        f'<div style="visibility:collapse">{SECRET}</div>',
        f'<div style="opacity: 0">{SECRET}</div>',
        f'<span style="font-size:0">{SECRET}</span>',
        f'<div style="height:0;overflow:hidden">{SECRET}</div>',
        f'<div style="max-height:0px; overflow: hidden">{SECRET}</div>',
        f'<div style="position:absolute;left:-9999px">{SECRET}</div>',
        f'<span style="position:absolute;clip:rect(1px, 1px, 1px, 1px)">{SECRET}</span>',
        f'<span style="position:absolute;clip-path:inset(50%)">{SECRET}</span>',
        f'<p style="text-indent:-9999px">{SECRET}</p>',
        f'<div style="width:0;overflow:hidden;white-space:nowrap">{SECRET}</div>',
        f'<div style="width:1px;height:1px;overflow:hidden">{SECRET}</div>',
        f'<div style="height:0;overflow-y:hidden;padding:0 12px">{SECRET}</div>',
        f'<div style="position:absolute;left:-999em">{SECRET}</div>',
        f'<div style="position:absolute;inset:-9999px auto auto 0">{SECRET}</div>',
        f'<div style="margin-left:-9999px">{SECRET}</div>',
        f'<div style="transform:translateX(-9999px)">{SECRET}</div>',
        f'<div style="transform:scale(0)">{SECRET}</div>',
        f'<div style="filter:opacity(0)">{SECRET}</div>',
        f'<div style="clip-path:circle(0)">{SECRET}</div>',
        f'<div style="content-visibility:hidden">{SECRET}</div>',
        f'<div style="font:0/0 a">{SECRET}</div>',
        f'<div style="color:transparent">{SECRET}</div>',
        f'<div style="color: rgba(0, 0, 0, 0)"><p>{SECRET}</p></div>',
        f'<div style="display:/* later */none">{SECRET}</div>',
        f'<div style="font-size:0"><span style="font-size:1.2em">{SECRET}</span></div>',
        f"<div popover>{SECRET}</div>",
        f"<dialog>{SECRET}</dialog>",
        f'<p class="sr-only">{SECRET}</p>',
        f'<p class="note visually-hidden">{SECRET}</p>',
        f'<span class="screen-reader-text">{SECRET}</span>',
        f'<div class="hidden">{SECRET}</div>',
        f'<div style="mso-element:comment-list"><p class="MsoCommentText">{SECRET}</p></div>',
        f"<style>.draft {{ display: none }}</style><p class='draft'>{SECRET}</p>",
        f"<style>p.a{{display:none}} p{{display:block}}</style><p class='a'>{SECRET}</p>",
        f"<style>#n{{display:none!important}}</style><p id=n style='display:block'>{SECRET}</p>",
        f"<style>@media screen {{ .c {{ visibility: hidden }} }}</style><p class='c'>{SECRET}</p>",
        f"<style>@media (min-width: 9em) {{.w {{display:none}}}}</style><p class='w'>{SECRET}</p>",
        f"<STYLE media=all>div > p + p {{display:none}}</STYLE><div><p></p><p>{SECRET}</p></div>",
        f"<style>[data-draft] {{display:none}}</style><p data-draft>{SECRET}</p>",
        f"<style>.a{{clip-path:inset(100%)}}</style><p class='a'>{SECRET}</p>",
        f"<style>@supports (display:grid) {{.a {{display:none}}}}</style><p class='a'>{SECRET}</p>",
        f"<style>@layer notes {{.a {{display:none}}}}</style><p class='a'>{SECRET}</p>",
        f"<style>@media not print {{.a {{display:none}}}}</style><p class='a'>{SECRET}</p>",
        f"<style>@media (width >= 600px) {{.a {{display:none}}}}</style><p class='a'>{SECRET}</p>",
        f"<style>@media (hover: hover) {{.a {{display:none}}}}</style><p class='a'>{SECRET}</p>",
        f"<style>b {{color:red; .a {{display:none}}}}</style><b><i class='a'>{SECRET}</i></b>",
        f"<style>.a {{&.b {{display:none}}}}</style><p class='a b'>{SECRET}</p>",
        f"<style>.a {{@media screen {{display:none}}}}</style><p class='a'>{SECRET}</p>",
        f"{'<div>' * 110}<p hidden>{SECRET}</p>{'</div>' * 110}",
    ],
)
def test_a_hidden_note_stays_private(clean: Clean, hidden: str) -> None:
    cleaned = clean(f"{hidden}{RUN}")
    assert cleaned.html == RUN
    assert cleaned.excerpt == "Two loops around the reservoir before the rain came."


@pytest.mark.parametrize(
    "shown",
    [
        f'<p aria-hidden="true">{SECRET}</p>',
        f'<p style="display:block">{SECRET}</p>',
        f'<p class="hidden md:block">{SECRET}</p>',
        f'<p class="d-none d-lg-block">{SECRET}</p>',
        f'<div class="wow fadeIn" style="visibility:hidden">{SECRET}</div>',
        f'<div style="opacity:0;transform:translateY(20px)">{SECRET}</div>',
        f'<div style="visibility:hidden">x <p style="visibility:visible">{SECRET}</p></div>',
        f'<div style="font-size:0"><span style="font-size:16px">{SECRET}</span></div>',
        f'<p hidden="until-found">{SECRET}</p>',
        f'<div style="height:0;overflow:hidden;padding-bottom:3em">{SECRET}</div>',
        f'<p style="margin-left:-9999px;padding-left:9999px">{SECRET}</p>',
        f'<p style="color:transparent;background-clip:text">{SECRET}</p>',
        f'<p style="color:transparent"><span style="color:#333">{SECRET}</span></p>',
        f'<p style="background-color:transparent;font:16px/0 Georgia">{SECRET}</p>',
        f'<p style="position:relative;left:-12px;width:100%;overflow:hidden">{SECRET}</p>',
        f"<style>@supports not (display:grid) {{p {{display:none}}}}</style><p>{SECRET}</p>",
        f"<style>@media not screen {{p {{display:none}}}}</style><p>{SECRET}</p>",
        f"<style>@media (orientation: portrait) {{p {{display:none}}}}</style><p>{SECRET}</p>",
        f"<style>.b {{p {{display:none}}}}</style><p>{SECRET}</p>",
        f"<p class='hidden' style='display:block'>{SECRET}</p>",
        f"<style>[hidden] {{ display: block }}</style><p hidden>{SECRET}</p>",
        f"<style>.a {{display:none}} p.a {{display:block}}</style><p class='a'>{SECRET}</p>",
        f"<style>@media print {{ .a {{display:none}} }}</style><p class='a'>{SECRET}</p>",
        f"<style>@media (max-width: 9em) {{.a {{display:none}}}}</style><p class='a'>{SECRET}</p>",
        f"<style media=print>.a {{display:none}}</style><p class='a'>{SECRET}</p>",
        f"<style>.a:hover {{display:none}}</style><p class='a'>{SECRET}</p>",
        f"<style>/* .a {{display:none}} */ .a{{color:red}}</style><p class='a'>{SECRET}</p>",
        f"<details><summary>{SECRET}</summary></details>",
        f"<dialog open>{SECRET}</dialog>",
    ],
)
def test_what_the_page_shows_stays(clean: Clean, shown: str) -> None:
    html = clean(f"{RUN}{shown}").html
    assert SECRET in html
    assert "x" not in html.replace(RUN, "").replace(SECRET, "")


@pytest.mark.parametrize(
    "source",
    [
        f"<table><tr><td>a<td>b<tr hidden><td>{SECRET}<td>c<tr><td>d<td>e</table>",
        f"<table><tr><td>a<td>b<td hidden>{SECRET}<tr><td>d<td>e</table>",
        f"<table><tr><td>a<td>b<tbody hidden><tr><td>{SECRET}<td>c</tbody><tr><td>d<td>e</table>",
        f"<table><caption hidden>{SECRET}</caption><tr><td>a<td>b<tr><td>c<td>d</table>",
        f"<pre>5:10\n<span hidden>{SECRET}</span>5:20</pre>",
        f"<ul><li>a<li hidden>{SECRET}<li>b</ul>",
        f"<ol reversed><li>a<li style='display:none'>{SECRET}<li>b</ol>",
        f"<dl><dt>a<dd hidden>{SECRET}</dl>",
        f'<p><a href="/x">Click here<span class="sr-only"> {SECRET}</span></a></p>',
        f'<figure><img src="/a.jpg"><figcaption hidden>{SECRET}</figcaption></figure>',
        (
            '<div class="gallery"><img src="/a.jpg"><img src="/b.jpg">'
            f'<img src="/c.jpg" alt="{SECRET}" hidden></div>'
        ),
        f"<blockquote><p>a</p><p hidden>{SECRET}</p></blockquote>",
        f"<h2>a <span style='visibility:hidden'>{SECRET}</span></h2>",
        f"<button aria-expanded=true>a<span hidden>{SECRET}</span></button>",
        f'<div class="kg-card kg-bookmark-card" style="display:none"><p>{SECRET}</p></div>',
    ],
)
def test_a_note_hidden_inside_of_something_else_stays_private(clean: Clean, source: str) -> None:
    cleaned = clean(f"{RUN}{source}")
    assert SECRET not in cleaned.html
    assert SECRET not in cleaned.excerpt
    assert cleaned.left_out is None


def test_a_hidden_picture_is_not_the_lead_image(clean: Clean) -> None:
    pin = '<div style="display:none"><img src="/pin.jpg" width="1000" height="2100"></div>'
    cleaned = clean(f'{pin}{RUN}<img src="/heron.jpg" alt="A heron" width="900" height="600">')
    assert "pin.jpg" not in cleaned.html
    assert cleaned.image is not None
    assert cleaned.image.url.endswith("/heron.jpg")


def test_a_style_that_is_never_closed_takes_nothing_but_itself(clean: Clean) -> None:
    assert clean(f"{RUN}<style>.a{{display:none").html == RUN
    assert clean(f"<style>}}}}{{{{ a{{</style>{RUN}").html == RUN


def test_a_frame_that_is_high_by_its_padding_keeps_its_player(clean: Clean) -> None:
    player = '<iframe src="https://www.youtube.com/embed/a1B2c3D4e5F"></iframe>'
    frame = f'<div style="height:0;padding-bottom:56.25%;overflow:hidden">{player}</div>'
    html = clean(f"{RUN}{frame}").html
    assert '<a href="https://youtu.be/a1B2c3D4e5F">Watch the video on YouTube</a>' in html
    rule = "<style>.film{height:0;padding:56% 0 0;overflow:hidden}</style>"
    assert clean(f"{rule}{RUN}<div class='film'>{player}</div>").html == html
