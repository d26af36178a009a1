// Runs a work once for every line on standard input, and prints the seconds that it took.
import { createInterface } from "node:readline";

/**
 * Print "ready", then a line of JSON for each line read: processor and wall-clock seconds.
 * The first round does not count for the caller: it warms the compiler up.
 */
export async function answerRounds(work) {
  console.log("ready");
  for await (const _ of createInterface({ input: process.stdin })) {
    const begun = process.hrtime.bigint();
    const used = process.cpuUsage();
    await work();
    const { user, system } = process.cpuUsage(used);
    const wall = Number(process.hrtime.bigint() - begun) / 1e9;
    console.log(JSON.stringify({ processor: (user + system) / 1e6, wall }));
  }
}
