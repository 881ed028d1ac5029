// SPDX-License-Identifier: Apache-2.0
// A stock ccxt client against the practice exchange: what works with Binance works here.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { existsSync } from 'node:fs';
import ccxt from 'ccxt';
import { startPractice } from './practice_exchange.mjs';

const start = Date.parse('2024-03-04T10:00:30Z');
const recorded = process.env.ORACLE_SHARED ?? '../shared';

// Only the address differs from a client of the real exchange.
function clientOf(exchange) {
  const client = new ccxt.binance({
    enableRateLimit: false,
    options: { defaultType: 'spot', fetchMarkets: { types: ['spot'] }, fetchCurrencies: false },
  });
  client.urls.api.public = `${exchange.url}/api/v3`;
  client.urls.api.private = `${exchange.url}/api/v3`;
  client.urls.api.v1 = `${exchange.url}/api/v1`;
  return client;
}

describe('generated market', () => {
  let exchange, client;
  before(async () => {
    exchange = await startPractice('--pairs', '80', '--seed', '7', '--start', '2024-03-04T10:00:30Z');
    client = clientOf(exchange);
  });
  after(async () => assert.equal(await exchange.stop(), 0));

  test('fetchTime', async () => {
    const time = await client.fetchTime();
    assert.ok(time >= start && time < start + 60000);
  });

  test('loadMarkets', async () => {
    const markets = await client.loadMarkets();
    assert.equal(Object.keys(markets).length, 80);
    const vet = markets['VET/USDT'];
    assert.equal(vet.id, 'VETUSDT');
    assert.equal(vet.spot, true);
    assert.equal(vet.active, true);
    assert.ok(vet.precision.price > 0 && vet.precision.amount > 0);
    assert.ok(vet.limits.cost.min > 0);
  });

  test('fetchOHLCV', async () => {
    for (const timeframe of Object.keys(client.timeframes).filter((t) => t !== '1s')) {
      const rows = await client.fetchOHLCV('VET/USDT', timeframe, undefined, 20);
      assert.equal(rows.length, 20, timeframe);
      for (let i = 0; i < rows.length; i += 1) {
        const [time, open, high, low, close, volume] = rows[i];
        assert.ok(low <= Math.min(open, close) && high >= Math.max(open, close));
        assert.ok(volume >= 0);
        if (i > 0) assert.ok(time > rows[i - 1][0]);
      }
    }
    const since = Date.parse('2023-12-24T00:00:00Z');
    const rows = await client.fetchOHLCV('BTC/USDT', '4h', since, 10);
    assert.equal(rows[0][0], since);
    assert.equal(rows[9][0], since + 9 * 4 * 3600 * 1000);
  });

  test('fetchTicker and fetchTickers', async () => {
    const ticker = await client.fetchTicker('ETH/USDT');
    assert.ok(ticker.bid < ticker.ask);
    assert.ok(ticker.low <= ticker.last && ticker.last <= ticker.high);
    assert.ok(ticker.quoteVolume > 0);
    const tickers = await client.fetchTickers(['ETH/USDT', 'VET/USDT']);
    assert.deepEqual(Object.keys(tickers).sort(), ['ETH/USDT', 'VET/USDT']);
  });

  test('fetchOrderBook', async () => {
    const book = await client.fetchOrderBook('VET/USDT', 100);
    assert.equal(book.bids.length, 100);
    assert.equal(book.asks.length, 100);
    assert.ok(book.bids[0][0] < book.asks[0][0]);
    for (let i = 1; i < 100; i += 1) {
      assert.ok(book.bids[i][0] < book.bids[i - 1][0]);
      assert.ok(book.asks[i][0] > book.asks[i - 1][0]);
    }
  });

  test('errors are the ones ccxt knows', async () => {
    client.markets['NO/SUCH'] = { ...client.markets['VET/USDT'], id: 'NOSUCH', symbol: 'NO/SUCH' };
    await assert.rejects(client.fetchTicker('NO/SUCH'), ccxt.BadSymbol);
    await exchange.fault('klines count=1 status=429\nklines count=1 status=418');
    await assert.rejects(client.fetchOHLCV('VET/USDT', '1h'), ccxt.DDoSProtection);
    await assert.rejects(client.fetchOHLCV('VET/USDT', '1h'), ccxt.DDoSProtection);
    assert.ok((await client.fetchOHLCV('VET/USDT', '1h')).length > 0);
  });
});

describe('recorded market', { skip: !existsSync(`${recorded}/data`) && 'no recorded candles here' }, () => {
  let exchange, client;
  before(async () => {
    exchange = await startPractice('--data', `${recorded}/data`, '--start', '2021-05-10T00:00:30Z');
    client = clientOf(exchange);
  });
  after(async () => assert.equal(await exchange.stop(), 0));

  test('candles are the recorded ones', async () => {
    await client.loadMarkets();
    const rows = await client.fetchOHLCV('VET/USDT', '4h', Date.parse('2021-05-09T20:00:00Z'), 1);
    assert.deepEqual(rows, [[1620590400000, 0.22748, 0.23744, 0.227, 0.23386, 245705710.8]]);
    const book = await client.fetchOrderBook('VET/USDT', 5);
    assert.ok(book.bids[0][0] < book.asks[0][0]);
    const ticker = await client.fetchTicker('VET/USDT');
    assert.ok(ticker.low <= ticker.last && ticker.last <= ticker.high);
  });
});
