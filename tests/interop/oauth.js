// What an OAuth client library and jose ask a running daemon, each as it comes from npm.
//
//   node oauth.js introspect URL METHOD CLIENT_SECRET <token   METHOD: basic or post
//   node oauth.js revoke URL METHOD CLIENT_SECRET <token
//   node oauth.js refresh URL <refresh-token
//   node oauth.js verify URL ISSUER <jwt                       by the key set that the daemon publishes
//
// Prints what the library makes of the answer; exit 4 when it throws, and why.
import {readFileSync} from 'node:fs';

import * as jose from 'jose';
import * as oauth from 'oauth4webapi';

const [verb, url, ...args] = process.argv.slice(2);
const text = readFileSync(0, 'utf8').trim();
const server = {
  issuer: url,
  introspection_endpoint: `${url}/introspect`,
  revocation_endpoint: `${url}/revoke`,
  token_endpoint: `${url}/token`,
};
const client = {client_id: 'an application & its id'};
const loopback = {[oauth.allowInsecureRequests]: true};
const authentication = {basic: oauth.ClientSecretBasic, post: oauth.ClientSecretPost};

const verbs = {
  async introspect(method, secret) {
    const answer = await oauth.introspectionRequest(server, client, authentication[method](secret), text, loopback);
    return oauth.processIntrospectionResponse(server, client, answer);
  },
  async revoke(method, secret) {
    const answer = await oauth.revocationRequest(server, client, authentication[method](secret), text, loopback);
    return (await oauth.processRevocationResponse(answer)) ?? null;
  },
  async refresh() {
    const answer = await oauth.refreshTokenGrantRequest(server, client, oauth.None(), text, loopback);
    return oauth.processRefreshTokenResponse(server, client, answer);
  },
  async verify(issuer) {
    const keys = jose.createRemoteJWKSet(new URL(`${url}/.well-known/jwks.json`));
    return (await jose.jwtVerify(text, keys, {issuer, clockTolerance: 60})).payload;
  },
};

try {
  console.log(JSON.stringify(await verbs[verb](...args)));
} catch (error) {
  console.error(error.error ?? error.code ?? error.message);
  process.exit(4);
}
