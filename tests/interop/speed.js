// How fast other implementations verify a JWT of the size that tokctl issues, in the form in which Google Benchmark
// writes it: a row for each library and algorithm, the median of five runs.
//
//   UV_THREADPOOL_SIZE=1 node speed.js >peers.json
import {createSecretKey, generateKeyPairSync, randomBytes} from 'node:crypto';

import * as jose from 'jose';
import jsonwebtoken from 'jsonwebtoken';

const RUN_MS = 300;
const AT_ONCE = 16;
const claims = {
  iss: 'tokctl',
  sub: '6dcda2da-92c3-41e5-8994-feff819cdc9f',
  aud: 'api',
  iat: 1800000000,
  nbf: 1800000000,
  exp: 1800003600,
  jti: '3f2504e0-4f89-41d3-9a0c-0305e82c3301',
  username: 'bill@ardanlabs.com',
  name: 'Bill Kennedy',
  roles: ['admin'],
  source: 'web',
};
const now = 1800000100;

function keysOf(alg) {
  if (alg === 'HS256') {
    const secret = createSecretKey(randomBytes(32));
    return {privateKey: secret, publicKey: secret};
  }
  if (alg === 'RS256') return generateKeyPairSync('rsa', {modulusLength: 2048});
  if (alg === 'ES256') return generateKeyPairSync('ec', {namedCurve: 'P-256'});
  return generateKeyPairSync('ed25519');
}

// Calls a second of processor time, with several under way as at a server: jose waits for a thread of Node's for each.
async function speed(call) {
  const speeds = [];
  for (let run = 0; run < 6; ++run) {
    const start = process.cpuUsage();
    let calls = 0;
    let elapsed = 0;  // µs
    while (elapsed < RUN_MS * 1000) {
      for (let i = 0; i < 10; ++i) await Promise.all(Array.from({length: AT_ONCE}, call));
      calls += 10 * AT_ONCE;
      const used = process.cpuUsage(start);
      elapsed = used.user + used.system;
    }
    if (run > 0) speeds.push(calls * 1e6 / elapsed);  // the first one is to warm up
  }
  return speeds.sort((a, b) => a - b)[2];
}

const benchmarks = [];
async function measure(name, call) {
  const claimed = await call();
  if ((claimed.payload ?? claimed).jti !== claims.jti) throw new Error(`${name} verifies nothing`);
  benchmarks.push({name, run_name: name, items_per_second: await speed(call)});
}

for (const alg of ['HS256', 'EdDSA', 'RS256', 'ES256']) {
  const {privateKey, publicKey} = keysOf(alg);
  const token = await new jose.SignJWT(claims).setProtectedHeader({alg, kid: 'k', typ: 'JWT'}).sign(privateKey);
  const name = alg.toLowerCase();
  await measure(`jose_${name}`, () => jose.jwtVerify(token, publicKey,
      {algorithms: [alg], issuer: 'tokctl', currentDate: new Date(now * 1000)}));
  if (alg === 'EdDSA') continue;  // which jsonwebtoken does not know
  const options = {algorithms: [alg], issuer: 'tokctl', clockTimestamp: now};
  await measure(`jsonwebtoken_${name}`, () => jsonwebtoken.verify(token, publicKey, options));
}
console.log(JSON.stringify({benchmarks}));
