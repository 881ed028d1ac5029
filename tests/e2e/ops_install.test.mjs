// SPDX-License-Identifier: Apache-2.0
// What 'make install' puts into a folder: the program runs from there, the unit is as closed as we
// promise, the manual pages read without a complaint, and completion completes in a real shell.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { ORACLE } from './support.mjs';

const BUILD = dirname(ORACLE);
const have = (program) => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;

function install(t, prefix) {
  const dest = mkdtempSync(join(tmpdir(), 'oracle-install-'));
  t.after(() => rmSync(dest, { recursive: true, force: true }));
  execFileSync('cmake', ['--install', BUILD, '--prefix', prefix], { env: { ...process.env, DESTDIR: dest }, stdio: 'pipe' });
  return (path) => join(dest, prefix, path);
}

test('everything is installed below the prefix, and names it', { timeout: 60000 }, async (t) => {
  const at = install(t, '/opt/oracle');
  for (const path of ['bin/oracle', 'lib/systemd/system/oracle.service', 'lib/sysusers.d/oracle.conf',
    'lib/tmpfiles.d/oracle.conf', 'share/man/man1/oracle.1', 'share/man/man5/oracle.conf.5',
    'share/man/man7/oracle-strategy.7', 'share/bash-completion/completions/oracle',
    'share/zsh/site-functions/_oracle', 'share/fish/vendor_completions.d/oracle.fish', 'share/oracle/oracle.conf',
    'share/oracle/strategies/ema_cross.pine', 'share/doc/oracle/operations.md', 'share/doc/oracle/README.md']) {
    assert.ok(existsSync(at(path)), path);
  }
  assert.match(execFileSync(at('bin/oracle'), ['version'], { encoding: 'utf8' }), /^oracle \d+\.\d+\.\d+\n$/);
  const unit = readFileSync(at('lib/systemd/system/oracle.service'), 'utf8');
  assert.match(unit, /^ExecStart=\/opt\/oracle\/bin\/oracle run --data %S\/oracle$/m);
  assert.match(unit, /^Type=notify$/m);
  assert.match(unit, /^WatchdogSec=30$/m);
  assert.match(unit, /^RestartPreventExitStatus=64 77 78$/m);
  assert.match(readFileSync(at('lib/tmpfiles.d/oracle.conf'), 'utf8'), / \/opt\/oracle\/share\/oracle\/oracle\.conf$/m);
  const checked = spawnSync(at('bin/oracle'), ['config', 'check', '--config', at('share/oracle/oracle.conf')], { encoding: 'utf8' });
  assert.equal(checked.status, 0, checked.stderr);
});

test('the unit exposes little', { skip: !have('systemd-analyze') && 'no systemd-analyze here', timeout: 60000 }, () => {
  const unit = resolve('packaging/oracle.service');
  const r = spawnSync('systemd-analyze', ['security', '--offline=true', '--no-pager', '--threshold=30', unit], { encoding: 'utf8' });
  const level = Number(r.stdout.match(/exposure level for oracle\.service: ([\d.]+)/)?.[1]);
  assert.ok(level <= 3.0, `${r.stdout.slice(-300)}${r.stderr}`);
  assert.equal(r.status, 0, r.stderr);
});

test('the manual pages read without a complaint', { skip: !have('man') && 'no man here', timeout: 60000 }, (t) => {
  const at = install(t, '/usr');
  for (const [page, words] of [
    ['share/man/man1/oracle.1', ['oracle watch add', '--strategy FILE', 'EXIT STATUS', 'oracle data verify']],
    ['share/man/man5/oracle.conf.5', ['[retention]', 'candles_1m', 'base_url', 'reloadable']],
    ['share/man/man7/oracle-strategy.7', ['ta.ema', 'strategy.entry', 'BUILTINS']]]) {
    const r = spawnSync('man', ['--warnings', '-l', at(page)], { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C.UTF-8', MANWIDTH: '200', MANPAGER: 'cat' } });
    const text = r.stdout.replace(/.\x08/g, '').replaceAll('‐', '-').replaceAll('−', '-');
    assert.equal(r.status, 0, r.stderr);
    assert.equal(r.stderr, '', page);
    for (const word of words) assert.ok(text.includes(word), `${page} has ${word}`);
  }
});

// Asks a real bash what it would complete.
function bashCompletes(script, words, cwd) {
  const run = `
    source "$1"; shift
    COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=()
    _oracle
    printf '%s\\n' "\${COMPREPLY[@]}"`;
  const r = spawnSync('bash', ['--norc', '-c', run, 'bash', script, ...words], { encoding: 'utf8', cwd });
  assert.equal(r.stderr, '', words.join(' '));
  return r.stdout.split('\n').filter(Boolean);
}

test('bash completes commands, verbs, options, timeframes and files', { timeout: 60000 }, (t) => {
  const at = install(t, '/usr');
  const script = at('share/bash-completion/completions/oracle');
  const complete = (...words) => bashCompletes(script, ['oracle', ...words], resolve('.'));
  assert.ok(['run', 'watch', 'data', 'db', 'doctor', 'help'].every((w) => complete('').includes(w)));
  assert.deepEqual(complete('wat'), ['watch']);
  assert.deepEqual(complete('watch', '').sort(), ['add', 'list', 'pause', 'remove', 'resume']);
  assert.deepEqual(complete('--data', '/tmp', 'watch', 'pa'), ['pause']);
  assert.deepEqual(complete('watch', 'add', 'VET', '4'), ['4h']);
  assert.deepEqual(complete('candles', 'VET', '1').sort(), ['12h', '15m', '1M', '1d', '1h', '1m', '1w']);
  assert.deepEqual(complete('watch', 'add', '--str'), ['--strategy']);
  assert.ok(complete('watch', 'add', '--').includes('--config'), 'the options of every command too');
  assert.deepEqual(complete('watch', 'add', 'VET', '4h', '--strategy', 'strategies/ema'), ['strategies/ema_cross.pine']);
  assert.deepEqual(complete('watch', 'add', '--strategy', '=', 'strategies/ema'), ['strategies/ema_cross.pine']);
  assert.deepEqual(complete('strategy', 'check', 'strategies/rsi'), ['strategies/rsi_reversal.pine']);
  assert.deepEqual(complete('db', 'backup', 'strateg'), ['strategies']);
  assert.deepEqual(complete('watch', 'add', '--portfolio', ''), [], 'a value nobody can guess');
  assert.deepEqual(complete('queue', 'sh'), ['show']);
  assert.deepEqual(complete('completion', ''), ['bash', 'zsh', 'fish']);
  assert.deepEqual(complete('help', 'doc'), ['doctor']);
});

test('zsh and fish read theirs', { skip: !(have('zsh') || have('fish')) && 'neither zsh nor fish here', timeout: 60000 }, (t) => {
  const at = install(t, '/usr');
  if (have('zsh')) {
    const r = spawnSync('zsh', ['-n', at('share/zsh/site-functions/_oracle')], { encoding: 'utf8' });
    assert.equal(r.status, 0, r.stderr);
  }
  if (have('fish')) {
    const ask = (line) => {
      const r = spawnSync('fish', ['--no-config', '-c', `source ${at('share/fish/vendor_completions.d/oracle.fish')}; complete -C '${line}'`], { encoding: 'utf8' });
      assert.equal(r.stderr, '');
      return r.stdout.split('\n').filter(Boolean).map((l) => l.split('\t')[0]);
    };
    assert.deepEqual(ask('oracle wat'), ['watch']);
    assert.deepEqual(ask('oracle watch ').sort(), ['add', 'list', 'pause', 'remove', 'resume']);
    assert.deepEqual(ask('oracle db check --j'), ['--json']);
  }
});

test('an unknown shell or page is said', () => {
  const shell = spawnSync(ORACLE, ['completion', 'tcsh'], { encoding: 'utf8' });
  assert.equal(shell.status, 64);
  assert.match(shell.stderr, /bash, zsh and fish/);
  const page = spawnSync(ORACLE, ['help', '--man', 'oracle.9'], { encoding: 'utf8' });
  assert.equal(page.status, 64);
  assert.match(page.stderr, /oracle\.conf\.5/);
});
