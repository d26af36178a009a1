// Renders a digest, HTML and text. usage: node react_email.mjs FILE TIMES
// FILE holds {"title", "greeting", "posts": [{"title", "url", "excerpt", "image"}]}.
import { readFileSync } from "node:fs";
import {
  Body, Button, Container, Head, Heading, Hr, Html, Img, Link, Preview, Section, Text,
} from "@react-email/components";
import { render } from "@react-email/render";
import { createElement as element } from "react";
import { answerRounds } from "./rounds.mjs";

const issue = JSON.parse(readFileSync(process.argv[2], "utf-8"));
const times = Number(process.argv[3]);
const text = { fontFamily: "Georgia, serif", fontSize: "17px", lineHeight: "28px" };

function post({ title, url, excerpt, image }, place) {
  return element(
    Section, { key: place, style: { padding: "32px 36px" } },
    image && element(Img, { src: image, alt: title, width: 528 }),
    element(Heading, { as: "h2", style: text }, element(Link, { href: url }, title)),
    element(Text, { style: text }, excerpt),
    element(Button, { href: url, style: { padding: "15px 24px" } }, `Read on: ${title}`),
    element(Hr),
  );
}

function digest(number) {
  return element(
    Html, { lang: "en" }, element(Head), element(Preview, null, issue.greeting),
    element(
      Body, null,
      element(
        Container, null,
        element(Heading, null, `${issue.title} ${number}`),
        element(Text, { style: text }, issue.greeting),
        ...issue.posts.map(post),
        element(Text, null, element(Link, { href: "https://news.example.com/u" }, "Unsubscribe")),
      ),
    ),
  );
}

await answerRounds(async () => {
  for (let time = 0; time < times; time += 1) {
    const html = await render(digest(time));
    const plain = await render(digest(time), { plainText: true });
    if (!html.includes("</html>") || !plain) throw new Error("react-email made no message");
  }
});
