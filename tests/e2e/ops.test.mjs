// SPDX-License-Identifier: Apache-2.0
// Operating a hub: is the data whole and what mends it, the store's files, retention, the service
// manager, and what the doctor says.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, openSync, writeSync, closeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { practice, hubFolder, until } from './support.mjs';

const MINUTE = 60e3;

async function setUp(t, { speed = 60, seed = 3, set = [], watch = [['VET', '1m']] } = {}) {
  const exchange = await practice({ speed, seed, pairs: 8 });
  const folder = hubFolder(exchange, { speed, set });
  t.after(async () => { await folder.stop(); await exchange.stop(); });
  await folder.run();
  for (const [pair, timeframe, ...more] of watch) await folder.ok('watch', 'add', pair, timeframe, ...more);
  if (watch.length > 0) await folder.live();
  return { exchange, folder };
}

const sql = (folder, file, text) => execFileSync('sqlite3', ['-cmd', '.timeout 5000', join(folder.dir, file), text], { encoding: 'utf8' }).trim();
const streamId = (folder, base, timeframe) => Number(sql(folder, 'hub.db', `SELECT id FROM streams WHERE base='${base}' AND timeframe='${timeframe}'`));
const verify = async (folder, ...args) => {
  const r = await folder.cli('data', 'verify', ...args, '--json');
  return { code: r.code, streams: JSON.parse(r.out), err: r.err };
};
const control = async (exchange, method, text = '', query = '') => {
  const r = await fetch(`${exchange.url}/practice/control${query}`, { method, body: method === 'POST' ? text : undefined });
  assert.ok(r.ok, await r.text());
};
const savedLive = (folder, count) => until(async () => {
  const rows = await folder.list('ledger', 'VET', '1m');
  return rows.filter((r) => r.status === 'SAVED' && !r.late).length >= count && rows;
}, { what: `${count} live candles` });

test('what is missing is named with its reason, and fetched again', { timeout: 120000 }, async (t) => {
  const { folder } = await setUp(t, { watch: [['VET', '1m'], ['BTC', '5m']] });
  await savedLive(folder, 3);
  const before = await verify(folder);
  assert.equal(before.code, 0, before.err);
  assert.equal(before.streams.length, 2);
  assert.ok(before.streams.every((s) => s.whole && s.expected >= 500 && s.stored === s.expected - s.holes.reduce((n, h) => n + h.candles, 0)));

  // A bad disk: five candles of old history, and the second newest live one, are gone.
  const id = streamId(folder, 'VET', '1m');
  const first = (await folder.list('candles', 'VET', '1m'))[0].open_time;
  const old = first + 100 * MINUTE;
  const live = (await savedLive(folder, 3)).filter((r) => r.status === 'SAVED' && !r.late).at(-2).open_time;
  sql(folder, 'candles_1m.db', `DELETE FROM candles WHERE stream=${id} AND (open_time BETWEEN ${old} AND ${old + 4 * MINUTE} OR open_time=${live})`);
  const broken = await verify(folder, 'VET', '1m');
  assert.equal(broken.code, 1);
  assert.equal(broken.streams[0].whole, false);
  assert.deepEqual(broken.streams[0].holes.map((h) => [h.from, h.to, h.candles, h.why]).slice(0, 2),
    [[old, old + 5 * MINUTE, 5, 'UNEXPLAINED'], [live, live + MINUTE, 1, 'LOST']]);
  assert.equal(broken.streams[0].saved_without_candle, 1);
  assert.match((await folder.cli('data', 'verify')).err, /1 of 2 streams not whole.*oracle data repair/);
  // Only the period that is asked about counts.
  assert.equal((await verify(folder, 'VET', '1m', '--from', String(old + 5 * MINUTE), '--to', String(live))).code, 0);
  assert.equal((await verify(folder, 'VET', '1m', '--to', String(old + 2 * MINUTE))).streams[0].holes[0].candles, 2);

  const repaired = JSON.parse(await folder.ok('data', 'repair', '--json'));
  assert.deepEqual(repaired.map((r) => [r.from, r.candles, r.why, r.fetched, r.settled]),
    [[old, 5, 'UNEXPLAINED', 5, true], [live, 1, 'LOST', 1, true]]);
  const after = await verify(folder);
  assert.equal(after.code, 0, JSON.stringify(after.streams));
  assert.match((await folder.cli('data', 'repair')).err, /Nothing has to be repaired/);
});

test("the exchange's own gaps are explained, and asked for again when told to", { timeout: 120000 }, async (t) => {
  const { exchange, folder } = await setUp(t, { watch: [] });
  const now = (await exchange.json('/api/v3/time')).serverTime;
  const from = Math.floor(now / MINUTE) * MINUTE - 50 * MINUTE;
  const iso = (time) => new Date(time).toISOString().slice(0, 16) + 'Z';
  await control(exchange, 'POST', `klines symbol=VETUSDT interval=1m from=${iso(from)} to=${iso(from + 3 * MINUTE)} gap`);
  await folder.ok('watch', 'add', 'VET', '1m');
  await folder.live();
  const explained = await until(async () => {
    const r = await verify(folder, 'VET', '1m');
    return r.streams[0]?.holes.some((h) => h.why === 'EXCHANGE_GAP') && r;
  }, { what: 'the gap asked for twice' });
  assert.equal(explained.code, 0, `an exchange gap leaves the stream whole: ${JSON.stringify(explained)}`);
  assert.equal(explained.streams[0].holes[0].from, from);
  assert.equal(explained.streams[0].holes[0].candles, 3);
  const still = JSON.parse(await folder.ok('data', 'repair', 'VET', '1m', '--again', '--json'));
  assert.deepEqual(still.map((r) => [r.why, r.fetched, r.settled, r.text]), [['EXCHANGE_GAP', 0, true, 'the exchange has none']]);
  // The exchange fills its history later: nothing is fetched unasked, all of it when told to.
  await control(exchange, 'DELETE');
  assert.match((await folder.cli('data', 'repair', 'VET', '1m')).err, /Nothing has to be repaired/);
  const filled = JSON.parse(await folder.ok('data', 'repair', 'VET', '1m', '--again', '--json'));
  assert.deepEqual(filled.map((r) => [r.fetched, r.settled]), [[3, true]]);
  assert.equal((await verify(folder, 'VET', '1m')).streams[0].hole_count, 0);
  assert.ok((await folder.list('gaps', 'VET', '1m')).every((g) => g.filled_at !== null), 'the gap rows are closed');
});

test('repair needs a hub, and says how to start one', { timeout: 60000 }, async (t) => {
  const { folder } = await setUp(t);
  await folder.hub.stop();
  const r = await folder.cli('data', 'repair');
  assert.equal(r.code, 69);
  assert.match(r.err, /no hub runs in .*oracle run --data/s);
  assert.equal((await verify(folder)).code, 0, 'a store at rest can be verified');
  const unknown = await folder.cli('data', 'verify', 'BTC', '1m');
  assert.equal(unknown.code, 1);
  assert.match(unknown.err, /never watched/);
  const half = await folder.cli('data', 'verify', 'VET');
  assert.equal(half.code, 64);
});

test('backup while the hub runs, restore while it does not; what needs the store for itself says so', { timeout: 120000 }, async (t) => {
  const { folder } = await setUp(t);
  const backup = mkdtempSync(join(tmpdir(), 'oracle-backup-'));
  t.after(() => rmSync(backup, { recursive: true, force: true }));
  const target = join(backup, 'deep', 'folder');
  assert.match(await folder.ok('db', 'backup', target), /Backed up 2 files/);
  assert.deepEqual(readdirSync(target).sort(), ['candles_1m.db', 'hub.db']);
  for (const args of [['db', 'restore', target], ['db', 'vacuum']]) {
    const r = await folder.cli(...args);
    assert.equal(r.code, 75, r.err);
    assert.match(r.err, /stop the hub first \('oracle stop'\)/);
  }
  assert.match(await folder.ok('db', 'migrate'), /nothing to do/);
  const checked = await folder.list('db', 'check');
  assert.deepEqual(checked.map((f) => [f.file, f.whole]), [['hub.db', true], ['candles_1m.db', true]]);

  await folder.ok('watch', 'add', 'BTC', '5m');
  await folder.hub.stop();
  assert.match(await folder.ok('db', 'vacuum'), /The store takes [\d.]+ MB/);
  assert.equal((await folder.cli('db', 'backup', folder.dir)).code, 65);
  assert.equal((await folder.cli('db', 'restore', join(backup, 'nothing'))).code, 65);
  assert.equal((await folder.list('watch', 'list')).length, 2);
  assert.match(await folder.ok('db', 'restore', target), /the one of .* again/);
  assert.deepEqual((await folder.list('watch', 'list')).map((w) => w.pair), ['VET/USDT'], 'as it was when it was backed up');
  assert.ok(readdirSync(folder.dir).some((f) => f.startsWith('hub.db.replaced-')), 'nothing is deleted');
  await folder.run();
  await folder.live();
  assert.equal((await verify(folder)).code, 0, 'what came since was fetched');
});

test('a damaged candle file is found', { timeout: 60000 }, async (t) => {
  const { folder } = await setUp(t);
  await folder.hub.stop();
  const path = join(folder.dir, 'candles_1m.db');
  const fd = openSync(path, 'r+');
  writeSync(fd, Buffer.alloc(4096, 0x5a), 0, 4096, Math.floor(statSync(path).size / 8192) * 4096);
  closeSync(fd);
  const r = await folder.cli('db', 'check', '--json');
  assert.equal(r.code, 1, r.out);
  assert.deepEqual(JSON.parse(r.out).filter((f) => !f.whole).map((f) => f.file), ['candles_1m.db']);
  assert.match(r.err, /set aside and fetched again/);
  const empty = hubFolder(null);
  t.after(() => empty.stop());
  assert.equal((await empty.cli('db', 'check')).code, 1);
});

test('an older schema is read by nobody and migrated on request; a newer one is refused', { timeout: 60000 }, async (t) => {
  const { folder } = await setUp(t);
  await folder.hub.stop();
  const newest = Number(sql(folder, 'hub.db', 'SELECT max(version) FROM schema_version'));
  sql(folder, 'hub.db', `INSERT INTO schema_version (version, name, applied_at) VALUES (${newest + 1}, 'future', 0)`);
  for (const args of [['db', 'migrate'], ['db', 'check'], ['watch', 'list']]) {
    const r = await folder.cli(...args);
    assert.equal(r.code, 65, `${args.join(' ')}: ${r.err}`);
    assert.match(r.err, /newer/);
  }
  const doctor = await folder.cli('doctor', '--json');
  assert.match(JSON.parse(doctor.out).find((c) => c.check === 'store').advice, /newer version/);
});

test('retention lets old candles go in steps; the stream stays whole and nothing is fetched again', { timeout: 120000 }, async (t) => {
  const { folder } = await setUp(t, { speed: 600, set: ['bootstrap.candles=120', 'retention.candles_1m=60', 'retention.ledger=30m'],
    watch: [['VET', '1m'], ['BTC', '5m']] });
  const first = (await folder.list('candles', 'VET', '1m'))[0].open_time;
  const kept = await until(async () => {
    const rows = await folder.list('candles', 'VET', '1m');
    return rows[0].open_time > first && rows;
  }, { what: 'older candles gone', limit_ms: 60000 });
  assert.ok(kept.length >= 120, 'never fewer than the bootstrap asks for');
  assert.ok(kept.length < 220, 'and not many more');
  assert.match(folder.hub.err, /candles let go by retention/);
  assert.equal((await folder.list('candles', 'BTC', '5m')).length >= 120, true, 'other timeframes are left alone');
  const span = await verify(folder);
  assert.equal(span.code, 0, JSON.stringify(span.streams));
  assert.ok(span.streams.find((s) => s.timeframe === '1m').from >= kept[0].open_time);
  await until(async () => {
    const rows = await folder.list('ledger', 'VET', '1m');
    return rows.length > 0 && rows[0].open_time > first + 125 * MINUTE;
  }, { what: 'old ledger rows gone', limit_ms: 60000 });
  const held = (await folder.list('candles', 'VET', '1m'))[0].open_time;
  await folder.hub.stop();
  await folder.run();
  await folder.live();
  assert.ok((await folder.list('candles', 'VET', '1m'))[0].open_time >= held, 'what was let go does not come back');
  assert.equal((await verify(folder)).code, 0);
});

// A service manager's end of the notification socket: prints a line a message, its parts joined by '|'.
async function manager(t, abstract) {
  const dir = mkdtempSync(join(tmpdir(), 'oracle-notify-'));
  const name = join(dir, 'socket');
  const child = spawn('perl', ['-MSocket', '-e', `
    $| = 1;
    socket(S, PF_UNIX, SOCK_DGRAM, 0) or die $!;
    bind(S, sockaddr_un(($ARGV[1] ? "\\0" : "") . $ARGV[0])) or die $!;
    print "listening\\n";
    while (defined recv(S, $m, 4096, 0)) { $m =~ s/\\n/|/g; print "$m\\n"; }`, name, abstract ? '1' : ''], { stdio: ['ignore', 'pipe', 'inherit'] });
  const m = { lines: [], address: abstract ? `@${name}` : name };
  let rest = '';
  child.stdout.on('data', (d) => {
    const parts = (rest + d).split('\n');
    rest = parts.pop();
    m.lines.push(...parts);
  });
  t.after(() => { child.kill(); rmSync(dir, { recursive: true, force: true }); });
  await until(() => m.lines.includes('listening'), { what: 'the socket' });
  m.heard = (pattern, what) => until(() => m.lines.find((l) => pattern.test(l)), { what: () => `${what}; heard: ${m.lines.join(' ; ')}` });
  return m;
}

for (const abstract of [false, true]) {
  test(`the service manager hears how the hub does (${abstract ? 'abstract name' : 'path'})`, { timeout: 60000 }, async (t) => {
    const m = await manager(t, abstract);
    const exchange = await practice({ speed: 60, pairs: 8 });
    const folder = hubFolder(exchange, { speed: 60 });
    t.after(async () => { await folder.stop(); await exchange.stop(); });
    process.env.NOTIFY_SOCKET = m.address;
    process.env.WATCHDOG_USEC = '400000';
    try {
      await folder.run();
    } finally {
      delete process.env.NOTIFY_SOCKET;
      delete process.env.WATCHDOG_USEC;
    }
    await m.heard(/^READY=1\|STATUS=/, 'that it is ready');
    const beats = () => m.lines.filter((l) => l === 'WATCHDOG=1').length;
    const some = beats();
    await until(() => beats() >= some + 3, { what: 'the watchdog fed', limit_ms: 10000 });
    await folder.ok('watch', 'add', 'VET', '1m');
    await folder.live();
    await m.heard(/^STATUS=1 streams: 1 live, 0 healing, 0 failed, 0 paused$/, 'the streams');
    await folder.ok('reload');
    const reloading = await m.heard(/^RELOADING=1\|MONOTONIC_USEC=\d+$/, 'that it reloads');
    assert.ok(Number(reloading.split('=').at(-1)) > 0);
    await until(() => m.lines.slice(m.lines.indexOf(reloading)).some((l) => /^READY=1\|STATUS=/.test(l)), { what: 'that it has reloaded' });
    await folder.hub.stop();
    assert.ok(m.lines.some((l) => /^STOPPING=1\|STATUS=/.test(l)));
  });
}

test('an exchange that is away does not keep the service from being ready', { timeout: 60000 }, async (t) => {
  const m = await manager(t, false);
  const exchange = await practice({ pairs: 4 });
  const folder = hubFolder(exchange, { set: ['exchange.binance.connect_timeout=300ms'] });
  await exchange.stop();
  t.after(() => folder.stop());
  process.env.NOTIFY_SOCKET = m.address;
  const started = folder.run().catch(() => null); // it waits for the exchange's time, which does not come
  delete process.env.NOTIFY_SOCKET;
  await m.heard(/^READY=1\|STATUS=waiting for the time of binance$/, 'that it is ready');
  await folder.hub.stop();
  await started;
});

test('the doctor finds nothing wrong with a working hub, and says what to do about a broken one', { timeout: 60000 }, async (t) => {
  const { exchange, folder } = await setUp(t);
  const grades = async (...args) => {
    const r = await folder.cli('doctor', '--json', ...args);
    return { code: r.code, by: Object.fromEntries(JSON.parse(r.out).reverse().map((c) => [c.check, c])) };
  };
  const well = await grades();
  assert.equal(well.code, 0, JSON.stringify(well.by));
  assert.equal(well.by.hub.grade, 'ok');
  assert.match(well.by.streams.found, /1 of 1 live/);
  assert.match(well.by.agents.found, /^\d+ work, 0 restarts/);
  assert.equal(well.by.weight.grade, 'ok');
  assert.equal(well.by.clock.grade, 'skipped', 'a fast clock cannot be compared');
  assert.match((await folder.cli('doctor')).out, /^ok +settings/m);

  // A hub that was killed leaves its socket behind.
  folder.hub.child.kill('SIGKILL');
  await folder.hub.ended;
  await exchange.stop();
  const ill = await grades('--set', 'hub.heartbeat_interval=6s');
  assert.equal(ill.code, 1);
  assert.match(ill.by.hub.found, /left by one that was killed/);
  assert.equal(ill.by.exchange.grade, 'bad');
  assert.match(ill.by.exchange.advice, /network/);
  assert.match(ill.by.settings.advice, /hang_timeout/);
  const elsewhere = hubFolder({ url: 'http://example.invalid' }, { speed: 60,
    set: ['exchange.binance.verify_tls=false', 'exchange.binance.connect_timeout=200ms', 'exchange.binance.request_timeout=500ms'] });
  t.after(() => elsewhere.stop());
  const far = await elsewhere.cli('doctor', '--json');
  const settings = JSON.parse(far.out).filter((c) => c.check === 'settings');
  assert.deepEqual(settings.map((c) => c.grade), ['bad', 'bad', 'bad']);
  assert.ok(['https://', 'verify_tls=true', 'hub.speed=1'].every((words, i) => settings[i].advice.includes(words)), far.out);
});

test('a clock that is off is seen', { timeout: 60000 }, async (t) => {
  const exchange = await practice({ pairs: 4, start: new Date(Date.now() - 3600e3).toISOString().slice(0, 19) + 'Z' });
  const folder = hubFolder(exchange);
  t.after(async () => { await folder.stop(); await exchange.stop(); });
  const r = await folder.cli('doctor', '--json');
  const clock = JSON.parse(r.out).find((c) => c.check === 'clock');
  assert.equal(clock.grade, 'bad', r.out);
  assert.match(clock.found, /^the machine is 3[56]\d\d\.\d+ s ahead of the exchange/);
  assert.equal(existsSync(join(folder.dir, 'hub.db')), false, 'the doctor makes no store');
});

test('log lines carry the level for journald', { timeout: 60000 }, async (t) => {
  const { folder } = await setUp(t, { set: ['hub.log_format=journal', 'hub.log_level=info'], watch: [] });
  await folder.hub.stop();
  const lines = folder.hub.err.split('\n').filter((l) => /role=/.test(l));
  assert.ok(lines.length > 3);
  assert.ok(lines.every((l) => /^<[3-7]>/.test(l)), lines.find((l) => !/^<[3-7]>/.test(l)));
});
