"""Scripts, hidden content and trackers are removed."""

from __future__ import annotations

import re

import pytest

from newsletter.reader.clean.post import sanitise
from tests.reader.clean.conftest import Clean

# Written by us after the kinds in OWASP's XSS filter evasion list.
ATTACKS = [
    "<script>alert(1)</script>",
    "<scr<script>ipt>alert(1)</script>",
    "<scr\0ipt>alert(1)</scr\0ipt>",
    '<img src=x onerror="alert(1)">',
    "<img src=`javascript:alert(1)`>",
    '<img src="java&#10;script:alert(1)">',
    '<a href="javascript:alert(1)">x</a>',
    '<a href=" &#14; javascript:alert(1)">x</a>',
    '<a href="&#106;avascript&colon;alert(1)">x</a>',
    '<a href="data:text/html;base64,PHNjcmlwdD4=">x</a>',
    '<a href="https://x.example/&quot; onclick=&quot;alert(1)">x</a>',
    '<img alt="&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;" src="/a.jpg">',
    "<svg onload=alert(1)><a xlink:href='javascript:x'><text>x</text></a></svg>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)></style></mglyph></table>",
    "<style>@import 'https://evil.example/x.css';</style>",
    '<div style="background:url(javascript:alert(1))">x</div>',
    '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
    '<iframe src="https://www.youtube.com/embed/a1B2c3D4e5F" title="&lt;img src=x onerror=1&gt;">',
    '<object data="javascript:alert(1)"></object><embed src="javascript:alert(1)">',
    '<form action="https://evil.example"><input autofocus onfocus=alert(1)></form>',
    '<base href="https://evil.example/"><meta http-equiv="refresh" content="0;url=javascript:x">',
    '<link rel="stylesheet" href="https://evil.example/x.css">',
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    "<textarea><img title='</textarea><img src=x onerror=alert(1)>'></textarea>",
    "<template><img src=x onerror=alert(1)></template>",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<!--><script>alert(1)</script-->",
    "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>",
    '<img class="emoji" alt="<script>alert(1)</script>" src="/emoji/x.png">',
    '<blockquote cite="javascript:alert(1)">x</blockquote>',
    '<video poster="javascript:alert(1)" src="javascript:alert(1)"></video>',
    '<table background="javascript:alert(1)"><tr><td>a<td>b<tr><td>c<td>d</table>',
    "<marquee onstart=alert(1)>x</marquee><details ontoggle=alert(1) open>x</details>",
    '[caption caption="<script>alert(1)</script>"]x[/caption]',
    '[embed]https://youtu.be/a1B2c3D4e5F"><script>alert(1)</script>[/embed]',
    "<mj-text></mj-text><mj-include path='/etc/passwd'/>x",
]
TAG = re.compile(r"<(/?[a-z0-9]+)([^>]*)>")
ATTRIBUTE = re.compile(r'\s([a-z]+)="([^"]*)"')
NAMES = {
    *("href", "src", "alt", "width", "height", "start", "role", "colspan", "rowspan", "scope"),
    *("type", "value"),
}
ELEMENTS = {
    *("p", "br", "hr", "h3", "h4", "h5", "h6", "blockquote", "pre", "ul", "ol", "li", "a", "img"),
    *("table", "tbody", "tr", "td", "th", "strong", "em", "cite", "q", "s", "u", "small", "sub"),
    *("sup", "code"),
}


def assert_harmless(html: str) -> None:
    assert "<!" not in html
    for name, attributes in TAG.findall(html):
        assert name.lstrip("/") in ELEMENTS
        assert ATTRIBUTE.sub("", attributes) == ""
        for attribute, value in ATTRIBUTE.findall(attributes):
            assert attribute in NAMES
            if attribute in {"href", "src"}:
                assert re.match(r"https?://|mailto:|tel:", value)
        if name == "img":
            size = re.match(
                r' src="https?://[^"]+" alt="[^"]*" (?:width|height)="(\d+)"', attributes
            )
            assert size
            assert 0 < int(size[1]) <= 560
    assert html.count("<") == len(TAG.findall(html))


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_comes_out_harmless(clean: Clean, attack: str) -> None:
    cleaned = clean(f"<p>Before</p>{attack}<p>After</p>", summary=attack, title=attack)
    assert_harmless(cleaned.html)
    assert "Before" in cleaned.html


@pytest.mark.parametrize("attack", ATTACKS)
def test_the_allow_list_alone_is_sufficient(attack: str) -> None:
    html, _ = sanitise(attack)
    for name, attributes in TAG.findall(html):
        assert name.lstrip("/") in ELEMENTS
        values = ATTRIBUTE.findall(attributes)
        assert ATTRIBUTE.sub("", attributes) == ""
        assert {attribute for attribute, _ in values} <= NAMES
        for attribute, value in values:
            assert attribute not in {"href", "src"} or value.startswith(("http:", "https:"))


@pytest.mark.parametrize(
    "text",
    ["{{7*7}}", "{% for x in y %}", "<%asm_group_unsubscribe_url%>", "[unsubscribe]", "-nlabc.x-"],
)
def test_template_marks_in_a_post_are_only_text(clean: Clean, text: str) -> None:
    shown = text.replace("<", "&lt;").replace(">", "&gt;")
    assert clean(f"<p>Code: {shown}</p>").html == f"<p>Code: {shown}</p>"


def test_control_and_direction_characters_are_removed(clean: Clean) -> None:
    cleaned = clean("<p>a\x00\x07b\u202ec&#8238;d&#7;e&#0;\ud800f</p>")
    assert cleaned.html == "<p>abcdef</p>"
    assert cleaned.excerpt == "abcdef"
