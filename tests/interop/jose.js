// JWTs as jose, the JavaScript library, makes and judges them.
//
//   node jose.js generate ALG >key.jwk        a private key, with alg and kid
//   node jose.js pem key.jwk                  its public part, in PEM
//   node jose.js sign key.jwk <claims.json    a JWT
//   node jose.js verify set.jwks ISSUER <jwt  its header and claims, once it holds; else exit 4 and why
//   node jose.js thumbprints set.jwks         of each key, and its kid
import {readFileSync} from 'node:fs';
import {webcrypto as crypto} from 'node:crypto';

import * as jose from 'jose';

const [verb, ...args] = process.argv.slice(2);
const read = (file) => readFileSync(file, 'utf8').trim();
const json = (file) => JSON.parse(read(file));

const verbs = {
  async generate(alg) {
    if (alg.startsWith('HS')) {
      const k = jose.base64url.encode(crypto.getRandomValues(new Uint8Array(alg.slice(2) / 8)));
      return JSON.stringify({kty: 'oct', k, alg, kid: crypto.randomUUID()});
    }
    const {privateKey} = await jose.generateKeyPair(alg, {crv: 'Ed25519', extractable: true});
    const jwk = await jose.exportJWK(privateKey);
    return JSON.stringify({...jwk, alg, use: 'sig', kid: await jose.calculateJwkThumbprint(jwk)});
  },
  async pem(file) {
    const {kty, crv, x, y, n, e, alg} = json(file);
    return jose.exportSPKI(await jose.importJWK({kty, crv, x, y, n, e, alg, ext: true}));
  },
  async sign(file) {
    const key = json(file);
    return new jose.SignJWT(json(0)).setProtectedHeader({alg: key.alg, kid: key.kid, typ: 'JWT'})
        .sign(await jose.importJWK(key));
  },
  async verify(file, issuer) {
    const set = json(file);
    try {
      const {protectedHeader, payload} = await jose.jwtVerify(read(0), async (header, token) => {
        // A set to fetch is of public keys only; one with secrets is looked through here.
        const secret = set.keys.find(({kty, kid}) => kty === 'oct' && kid === header.kid);
        return secret ? jose.importJWK(secret) : jose.createLocalJWKSet(set)(header, token);
      }, {issuer, requiredClaims: ['sub', 'jti', 'exp', 'iat', 'nbf']});
      return JSON.stringify({header: protectedHeader, claims: payload});
    } catch (error) {
      console.error(error.code);
      process.exitCode = 4;
      return '';
    }
  },
  async thumbprints(file) {
    const lines = json(file).keys.map(
        async (key) => `${await jose.calculateJwkThumbprint(key)} ${key.kid}`);
    return (await Promise.all(lines)).join('\n');
  },
};

const said = await verbs[verb](...args);
if (said) console.log(said);
