// SPDX-License-Identifier: Apache-2.0
// Starts the real programs for end-to-end tests: a practice exchange on a free loopback port, a hub on
// it in a folder of its own, and the command line. Everything started is ended by its own pid.
import { spawn, execFile } from 'node:child_process';
import { mkdtempSync, rmSync, existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

export const ORACLE = process.env.ORACLE_BIN ?? resolve('build/oracle');
export const SHARED = resolve(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '../../../shared');
export const STRATEGIES = resolve(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '../../strategies');
export const haveShared = existsSync(join(SHARED, 'data'));

// Polls until check() gives a truthy value; fails with what() after the limit. For states that no
// program announces; where one does, wait for its line instead.
export async function until(check, { limit_ms = 30000, every_ms = 25, what = 'the expected state' } = {}) {
  const end = Date.now() + limit_ms;
  for (;;) {
    const value = await check();
    if (value) return value;
    if (Date.now() > end) {
      throw new Error(`not reached in ${limit_ms} ms: ${typeof what === 'function' ? await what() : what}`);
    }
    await new Promise((done) => setTimeout(done, every_ms));
  }
}

function start(args, { env = {} } = {}) {
  const child = spawn(ORACLE, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, NO_COLOR: '1', ...env } });
  const run = { child, out: '', err: '', code: null, signal: null };
  child.stdout.on('data', (d) => { run.out += d; });
  child.stderr.on('data', (d) => { run.err += d; });
  run.ended = new Promise((done) => child.on('exit', (code, signal) => { run.code = code; run.signal = signal; done(run); }));
  run.stop = async (signal = 'SIGTERM', limit_ms = 15000) => {
    if (run.code !== null || run.signal !== null) return run;
    child.kill(signal);
    const timer = setTimeout(() => child.kill('SIGKILL'), limit_ms);
    await run.ended;
    clearTimeout(timer);
    return run;
  };
  return run;
}

// A practice exchange; options as on its command line: { speed, pairs, seed, start, data, extra: [...] }.
export async function practice(options = {}) {
  const { extra = [], ...named } = options;
  const args = ['practice', '--port', '0'];
  for (const [name, value] of Object.entries(named)) args.push(`--${name.replaceAll('_', '-')}`, String(value));
  const run = start([...args, ...extra]);
  const url = await until(() => {
    if (run.code !== null) throw new Error(`the practice exchange ended: ${run.err}`);
    return run.out.match(/listening on (http:\/\/\S+)/)?.[1];
  }, { what: () => `the practice exchange's URL; it said: ${run.out} ${run.err}` });
  const get = async (path) => {
    const reply = await fetch(url + path);
    return { status: reply.status, headers: reply.headers, body: await reply.text() };
  };
  const json = async (path) => JSON.parse((await get(path)).body);
  return { ...run, run, url, get, json, stop: run.stop };
}

// A folder for one hub, and the command line on it.
export function hubFolder(exchange, { speed = 1, set = [] } = {}) {
  const dir = mkdtempSync(join(tmpdir(), 'oracle-test-'));
  const common = ['--data', dir];
  const settings = [];
  if (exchange) settings.push('--set', `exchange.binance.base_url=${exchange.url}`);
  settings.push('--set', `hub.speed=${speed}`);
  for (const s of set) settings.push('--set', s);

  const cli = (...args) => new Promise((done) => {
    execFile(ORACLE, [...args, ...common, ...settings], { maxBuffer: 1 << 28, env: { ...process.env, NO_COLOR: '1' } },
      (error, out, err) => done({ code: error ? error.code ?? 128 : 0, out, err }));
  });
  const ok = async (...args) => {
    const r = await cli(...args);
    if (r.code !== 0) throw new Error(`oracle ${args.join(' ')} ended with ${r.code}: ${r.err}${r.out}; the hub said: ${hub?.err.slice(-2000)}`);
    return r.out;
  };
  const list = async (...args) => JSON.parse(await ok(...args, '--json'));
  const status = async () => {
    const r = await cli('status', '--json');
    return r.code === 0 ? JSON.parse(r.out) : null;
  };
  let hub = null;
  const said_by_all = []; // standard error of hubs that ran here before
  const folder = {
    dir, cli, ok, list, status,
    get hub() { return hub; },
    async run(...extra) {
      if (hub) said_by_all.push(hub.err);
      hub = start(['run', ...common, ...settings, ...extra]);
      await until(async () => {
        if (hub.code !== null) throw new Error(`the hub ended with ${hub.code}: ${hub.err}`);
        const s = await status();
        return s?.clock.known && s.agents.every((a) => a.state === 'ready');
      }, { what: () => `a working hub; it said: ${hub.err}` });
      return hub;
    },
    // Until every stream is live.
    async live(limit_ms = 60000) {
      return until(async () => {
        const s = await status();
        return s && s.streams.length > 0 && s.streams.every((x) => x.state === 'live') && s;
      }, { limit_ms, what: async () => `live streams: ${JSON.stringify((await status())?.streams)} ${hub.err.slice(-2000)}` });
    },
    agentPid: async (name) => (await status())?.agents.find((a) => a.name === name)?.pid,
    async stop() {
      if (hub) await hub.stop();
      rmSync(dir, { recursive: true, force: true });
      const said = said_by_all.join('') + (hub?.err ?? '');
      const finding = said.match(/^.*(AddressSanitizer|LeakSanitizer|runtime error).*$/m);
      if (finding) throw new Error(`a sanitizer spoke: ${said.slice(finding.index, finding.index + 3000)}`);
    },
  };
  return folder;
}
