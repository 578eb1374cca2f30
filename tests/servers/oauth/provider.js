// An OAuth server for the tests: oidc-provider with PKCE required and refresh tokens good once, whose
// only user agrees to everything but the scope `deny`.
//
//   node provider.js FOLDER [pages]
//
// With `pages` a person has to log in and to agree, on the pages that oidc-provider brings along.
// FOLDER gets `url`, once it listens, and a line in `calls` for each request to the token endpoint:
// its grant type and the status it got. The number of milliseconds in FOLDER/delay is how long the
// token endpoint waits before its answer is sent, and FOLDER/life how many seconds a token lives.
import {appendFileSync, existsSync, readFileSync, renameSync, writeFileSync} from 'node:fs';
import {createServer} from 'node:http';
import {setTimeout} from 'node:timers/promises';

import Provider from 'oidc-provider';

const folder = process.argv[2];
const pages = process.argv[3] === 'pages';
const number = (name, otherwise) =>
    existsSync(`${folder}/${name}`) ? Number(readFileSync(`${folder}/${name}`, 'utf8')) : otherwise;

// The port is part of the issuer's name, so it comes first.
const server = createServer();
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const issuer = `http://127.0.0.1:${server.address().port}`;

const grants = ['authorization_code', 'refresh_token', 'client_credentials',
  'urn:ietf:params:oauth:grant-type:device_code'];
const client = (id, method) => ({
  client_id: id,
  ...(method === 'none' ? {} : {client_secret: 'the client secret & more'}),
  token_endpoint_auth_method: method,
  grant_types: method === 'none' ? grants.filter((grant) => grant !== 'client_credentials') : grants,
  redirect_uris: ['http://127.0.0.1/callback', 'https://app.example.com/callback'],
  response_types: ['code'],
  application_type: 'native',
});

const provider = new Provider(issuer, {
  clients: [
    client('basic', 'client_secret_basic'),
    client('post', 'client_secret_post'),
    client('public', 'none'),
  ],
  scopes: ['openid', 'offline_access', 'deny', 'jobs'],
  cookies: {keys: ['for tests only']},
  pkce: {required: () => true, methods: ['S256']},
  rotateRefreshToken: true,
  issueRefreshToken: async () => true,
  ttl: {
    AccessToken: () => number('life', 3600),
    ClientCredentials: () => number('life', 3600),
    AuthorizationCode: 60,
    DeviceCode: 600,
    Grant: 86400,
    Interaction: 600,
    RefreshToken: 86400,
    Session: 86400,
  },
  features: {
    devInteractions: {enabled: pages},
    clientCredentials: {enabled: true},
    deviceFlow: {enabled: true},
    introspection: {enabled: true},
    revocation: {enabled: true},
  },
  ...(pages ? {} : {interactions: {url: (_, interaction) => `/interaction/${interaction.uid}`}}),
  findAccount: (_, id) => ({accountId: id, claims: () => ({sub: id})}),
});

provider.use(async (ctx, next) => {
  if (!pages && ctx.path.startsWith('/interaction/')) {
    const {prompt, params} = await provider.interactionDetails(ctx.req, ctx.res);
    let result;
    if ((params.scope ?? '').split(' ').includes('deny')) {
      result = {error: 'access_denied'};
    } else if (prompt.name === 'login') {
      result = {login: {accountId: 'alice'}};
    } else {
      const grant = new provider.Grant({accountId: 'alice', clientId: params.client_id});
      grant.addOIDCScope(params.scope);
      result = {consent: {grantId: await grant.save()}};
    }
    await provider.interactionFinished(ctx.req, ctx.res, result);
    ctx.respond = false;
    return;
  }
  await next();
  if (ctx.path === '/token') {
    appendFileSync(`${folder}/calls`, `${ctx.oidc?.params?.grant_type} ${ctx.status}\n`);
    await setTimeout(number('delay', 0));
  }
});

server.on('request', provider.callback());
writeFileSync(`${folder}/url.new`, `${issuer}\n`);
renameSync(`${folder}/url.new`, `${folder}/url`);
