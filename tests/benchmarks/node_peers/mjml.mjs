// Compiles the MJML of a file. usage: node mjml.mjs FILE TIMES
import { readFileSync } from "node:fs";
import mjml2html from "mjml";
import { answerRounds } from "./rounds.mjs";

const source = readFileSync(process.argv[2], "utf-8");
const times = Number(process.argv[3]);

await answerRounds(async () => {
  for (let time = 0; time < times; time += 1) {
    const { html } = await mjml2html(source);
    if (!html.includes("</html>")) throw new Error("mjml made no HTML");
  }
});
