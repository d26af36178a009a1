// Sends a message TIMES times over a pool. usage: node nodemailer.mjs PORT CONNECTIONS TIMES
// The message's HTML is read from the file that the environment's BENCH_HTML names.
import { readFileSync } from "node:fs";
import nodemailer from "nodemailer";
import { answerRounds } from "./rounds.mjs";

const [port, maxConnections, times] = process.argv.slice(2).map(Number);
const html = readFileSync(process.env.BENCH_HTML, "utf-8");
const transport = nodemailer.createTransport({
  host: "127.0.0.1", port, pool: true, maxConnections, maxMessages: Infinity, ignoreTLS: true,
});

await answerRounds(async () => {
  const sent = Array.from({ length: times }, (_, place) => transport.sendMail({
    from: "News <news@example.com>",
    to: `runner${place}@example.org`,
    subject: "Up the hill",
    text: "Up the hill.",
    html,
    headers: {
      "List-Unsubscribe": `<https://news.example.com/unsubscribe/${place}>`,
      "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    },
  }));
  await Promise.all(sent);
});
transport.close();
