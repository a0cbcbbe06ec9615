// A few lines of test runner: `test(name, body)` in any order, then `await run()`.
//
// The result is TAP on standard output: a plan, then "ok N - name" or "not ok N
// - name" with the reason in lines that begin with "# ". A body fails by
// throwing; `check` and `none` throw with a useful text. A body that takes too
// long fails, and the others still run.

const tests = [];
const wanted = process.argv[2] ?? ''; // a part of the names of the tests to run

export class Skip extends Error {}

export function skip(reason) {
  throw new Skip(reason);
}

export function test(name, body, seconds = 60) {
  if (name.includes(wanted)) tests.push({ name, body, seconds });
}

export function check(condition, message) {
  if (!condition) throw new Error(message);
}

export function equal(got, want, what) {
  check(
    got === want,
    `${what}: got ${JSON.stringify(got)}, want ${JSON.stringify(want)}`,
  );
}

// Fails if the list of problems is not empty, and shows the first of them.
export function none(problems, most = 12) {
  if (problems.length === 0) return;
  const shown = problems.slice(0, most);
  if (problems.length > most) shown.push(`... and ${problems.length - most} more`);
  throw new Error(shown.join('\n'));
}

export const sleep = (milliseconds) =>
  new Promise((done) => setTimeout(done, milliseconds));

// Asks again and again until `question` gives something true, and returns that;
// null when it never does.
export async function eventually(question, seconds = 10) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const answer = await question();
    if (answer) return answer;
    if (Date.now() > end) return null;
    await sleep(50);
  }
}

function limit(promise, seconds) {
  let timer;
  const alarm = new Promise((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`no end after ${seconds} seconds`)),
      seconds * 1000,
    );
  });
  return Promise.race([promise, alarm]).finally(() => clearTimeout(timer));
}

export async function run() {
  let failed = 0;
  console.log(`1..${tests.length}`);
  for (const [index, { name, body, seconds }] of tests.entries()) {
    const start = Date.now();
    try {
      await limit(Promise.resolve().then(body), seconds);
      console.log(`ok ${index + 1} - ${name}`);
      console.log(`# ${((Date.now() - start) / 1000).toFixed(1)} s`);
    } catch (error) {
      if (error instanceof Skip) {
        console.log(`ok ${index + 1} - ${name} # SKIP ${error.message}`);
        continue;
      }
      failed++;
      console.log(`not ok ${index + 1} - ${name}`);
      const text = error.message || String(error);
      for (const line of text.split('\n')) console.log(`# ${line}`);
    }
  }
  process.exitCode = failed ? 1 : 0;
  return failed;
}
