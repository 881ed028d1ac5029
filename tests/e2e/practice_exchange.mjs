// SPDX-License-Identifier: Apache-2.0
// Starts `oracle practice` on a free port and tells its address.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

const program = process.env.ORACLE_BIN ?? './build/oracle';

export async function startPractice(...options) {
  const child = spawn(program, ['practice', '--port', '0', ...options], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const failed = once(child, 'exit').then(([code]) => {
    throw new Error(`${program} practice ended with ${code} before it was ready`);
  });
  failed.catch(() => {});
  const lines = createInterface({ input: child.stdout });
  const [line] = await Promise.race([once(lines, 'line'), failed]);
  const match = /^practice exchange listening on (http:\/\/\S+)$/.exec(line);
  if (!match) throw new Error(`unexpected first line: ${line}`);
  return {
    url: match[1],
    async get(path) {
      const reply = await fetch(match[1] + path);
      return { status: reply.status, headers: reply.headers, body: await reply.json() };
    },
    async fault(script) {
      const reply = await fetch(`${match[1]}/practice/control`, { method: 'POST', body: script });
      if (reply.status !== 200) throw new Error(await reply.text());
    },
    async stop() {
      if (child.exitCode !== null) return child.exitCode;
      child.kill('SIGTERM');
      const [code] = await once(child, 'exit');
      return code;
    },
  };
}
