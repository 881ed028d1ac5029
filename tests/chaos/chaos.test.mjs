// SPDX-License-Identifier: Apache-2.0
// The long chaos run, on one seed (make chaos SEED=N). More of it: ORACLE_STREAMS, ORACLE_SPEED, ORACLE_SECONDS
// of disturbance. CHAOS_VERBOSE=1 tells the story as it goes, CHAOS_KEEP=1 keeps the hub's folder.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { chaos } from './chaos.mjs';

const number = (name, fallback) => Number(process.env[name] ?? fallback);

test('simulated days of faults, kills, stops and clock jumps lose, double and invent nothing', { timeout: 1800000 }, async (t) => {
  const seed = number('ORACLE_SEED', 1);
  const run = await chaos({ seed, streams: number('ORACLE_STREAMS', 200), speed: number('ORACLE_SPEED', 600), seconds: number('ORACLE_SECONDS', 180), forward: process.env.ORACLE_FORWARD === '1' });
  t.diagnostic(`seed ${seed}: ${run.summary}`);
  assert.deepEqual(run.found.slice(0, number('ORACLE_FINDINGS', 40)), [], `seed ${seed}: ${run.found.length} findings; the story:\n${run.story.join('\n')}`);
});
