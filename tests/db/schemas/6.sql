-- The data of tokctl, in the SQL that SQLite, PostgreSQL and MySQL share.
--
-- Only text and 64-bit integers: ids are lowercase UUID text, digests lowercase hex, sealed values base64, times Unix
-- seconds. Text compares by bytes; each driver says so in its own dialect. Keyed text has a length, since MySQL cannot
-- index without. Rows are kept in the order of their key; a key that is found at random is spelt BIGINT PRIMARY KEY,
-- which SQLite has a shallower tree for. Statements end in a semicolon at the end of a line, comments have lines of their own. A change here
-- needs a migration in db/migrate.cpp.

-- One row: how new this schema is.
CREATE TABLE schema_version (
  id BIGINT NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL
);

-- The root keys in use, by id; the keys themselves are elsewhere. Exactly one is active.
CREATE TABLE root_keys (
  id VARCHAR(16) NOT NULL PRIMARY KEY,
  state VARCHAR(8) NOT NULL,
  created_at BIGINT NOT NULL,
  activated_at BIGINT,
  retired_at BIGINT
);

-- `live_email` is the email while the user exists and NULL after: deleting frees the email, and any number of deleted
-- users may have had it. `kit_hash` and `kit_email` are sealed, and kept while sessions imported from kit need them.
-- `roles` are separated by spaces, NULL for none.
CREATE TABLE users (
  public_id VARCHAR(36) NOT NULL PRIMARY KEY,
  private_id VARCHAR(36) NOT NULL,
  email VARCHAR(100) NOT NULL,
  live_email VARCHAR(100),
  full_name VARCHAR(200) NOT NULL,
  status VARCHAR(8) NOT NULL,
  password_scheme VARCHAR(8) NOT NULL,
  password_hash TEXT,
  password_tag VARCHAR(64) NOT NULL,
  kit_hash TEXT,
  kit_email TEXT,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  password_set_at BIGINT,
  deleted_at BIGINT,
  roles TEXT,
  phone VARCHAR(16),
  email_verified_at BIGINT,
  phone_verified_at BIGINT
);
CREATE UNIQUE INDEX users_live_email ON users (live_email);
CREATE INDEX users_email ON users (email, public_id);
CREATE INDEX users_created ON users (created_at, public_id);

CREATE TABLE sessions (
  session_id VARCHAR(36) NOT NULL PRIMARY KEY,
  public_id VARCHAR(36) NOT NULL,
  kind VARCHAR(8) NOT NULL,
  scheme VARCHAR(8) NOT NULL,
  root_key_id VARCHAR(16) NOT NULL,
  source VARCHAR(40) NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT,
  last_used_at BIGINT,
  revoked_at BIGINT,
  FOREIGN KEY (public_id) REFERENCES users (public_id)
);
CREATE INDEX sessions_user ON sessions (public_id, created_at, session_id);
CREATE INDEX sessions_created ON sessions (created_at, session_id);
CREATE INDEX sessions_expiry ON sessions (expires_at);
CREATE INDEX sessions_revoked ON sessions (revoked_at);

-- What opaque tokens of type api are known by: never the token, only its keyed digest. `lookup` is the number that the
-- first 8 bytes of that make, so that one short way leads from a token to its row among millions. `ends_at` is the
-- earliest of expiry, idle deadline and revocation, kept with every change of one of them, so that one index serves the
-- sweep.
CREATE TABLE api_tokens (
  lookup BIGINT PRIMARY KEY,
  id VARCHAR(36) NOT NULL,
  public_id VARCHAR(36) NOT NULL,
  digest VARCHAR(64) NOT NULL,
  root_key_id VARCHAR(16) NOT NULL,
  name VARCHAR(100) NOT NULL,
  scopes TEXT NOT NULL,
  info TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT,
  idle_s BIGINT,
  last_used_at BIGINT,
  revoked_at BIGINT,
  ends_at BIGINT,
  replaced_by VARCHAR(36),
  FOREIGN KEY (public_id) REFERENCES users (public_id)
);
CREATE UNIQUE INDEX api_tokens_id ON api_tokens (id);
CREATE INDEX api_tokens_user ON api_tokens (public_id, created_at, id);
CREATE INDEX api_tokens_created ON api_tokens (created_at, id);
CREATE INDEX api_tokens_end ON api_tokens (ends_at);

-- Those who issue credentials to us, and what we are registered as with them. `client_secret` is sealed. An endpoint
-- that a provider does not have is empty; `params` is a JSON object.
CREATE TABLE oauth_providers (
  name VARCHAR(40) NOT NULL PRIMARY KEY,
  client_id TEXT NOT NULL,
  client_secret TEXT,
  auth_method VARCHAR(8) NOT NULL,
  issuer TEXT NOT NULL,
  auth_url TEXT NOT NULL,
  token_url TEXT NOT NULL,
  device_url TEXT NOT NULL,
  revoke_url TEXT NOT NULL,
  scope TEXT NOT NULL,
  params TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);

-- The credentials we hold; both tokens are sealed. `generation` counts the answers that were stored. Who may send the
-- refresh token has the lease. `due_at` is `expires_at` while the grant can be refreshed, NULL when it cannot.
CREATE TABLE oauth_grants (
  id VARCHAR(36) NOT NULL PRIMARY KEY,
  account VARCHAR(100) NOT NULL,
  provider VARCHAR(40) NOT NULL,
  label VARCHAR(40) NOT NULL,
  kind VARCHAR(20) NOT NULL,
  state VARCHAR(16) NOT NULL,
  access_token TEXT,
  refresh_token TEXT,
  scope TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  obtained_at BIGINT NOT NULL,
  expires_at BIGINT,
  refreshed_at BIGINT,
  generation BIGINT NOT NULL,
  lease_id VARCHAR(36),
  lease_until BIGINT,
  failures BIGINT NOT NULL,
  last_error TEXT NOT NULL,
  failed_at BIGINT,
  retry_at BIGINT,
  due_at BIGINT,
  FOREIGN KEY (provider) REFERENCES oauth_providers (name)
);
CREATE UNIQUE INDEX oauth_grants_ref ON oauth_grants (account, provider, label);
CREATE INDEX oauth_grants_provider ON oauth_grants (provider);
CREATE INDEX oauth_grants_due ON oauth_grants (due_at, id);

-- The keys that sign and verify JWTs. `jwk` is the whole key, sealed, NULL once it is retired; what is beside it is for
-- lists. `signs` is the type of the key while it is the one of its type that signs, else NULL. No token that it signed
-- lives longer than `tokens_until`.
CREATE TABLE jwks (
  kid VARCHAR(64) NOT NULL PRIMARY KEY,
  algorithm VARCHAR(8) NOT NULL,
  signs VARCHAR(8),
  jwk TEXT,
  created_at BIGINT NOT NULL,
  rotated_at BIGINT,
  retired_at BIGINT,
  tokens_until BIGINT NOT NULL
);
CREATE UNIQUE INDEX jwks_signs ON jwks (signs);

-- Refresh tokens, by keyed digest. Those that came one from another hang on one session, their family, and end with
-- it. `terms` is a JSON object: what the next JWT is issued with.
CREATE TABLE refresh_tokens (
  id VARCHAR(36) NOT NULL PRIMARY KEY,
  session_id VARCHAR(36) NOT NULL,
  public_id VARCHAR(36) NOT NULL,
  digest VARCHAR(64) NOT NULL,
  root_key_id VARCHAR(16) NOT NULL,
  terms TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  used_at BIGINT,
  successor_id VARCHAR(36),
  FOREIGN KEY (public_id) REFERENCES users (public_id)
);
CREATE UNIQUE INDEX refresh_tokens_digest ON refresh_tokens (digest);
CREATE INDEX refresh_tokens_user ON refresh_tokens (public_id, created_at, id);
CREATE INDEX refresh_tokens_created ON refresh_tokens (created_at, id);
CREATE INDEX refresh_tokens_expiry ON refresh_tokens (expires_at);

-- The verification that a user was last sent for each purpose, by keyed digest: a new one takes the place of the old.
-- `tries` of a short code are counted from `tries_since` on, across codes.
CREATE TABLE verification_tokens (
  id VARCHAR(36) NOT NULL PRIMARY KEY,
  public_id VARCHAR(36) NOT NULL,
  purpose VARCHAR(24) NOT NULL,
  digest VARCHAR(64) NOT NULL,
  root_key_id VARCHAR(16) NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  used_at BIGINT,
  tries BIGINT NOT NULL,
  tries_since BIGINT NOT NULL,
  FOREIGN KEY (public_id) REFERENCES users (public_id)
);
CREATE UNIQUE INDEX verification_tokens_purpose ON verification_tokens (public_id, purpose);
CREATE UNIQUE INDEX verification_tokens_digest ON verification_tokens (digest);
CREATE INDEX verification_tokens_user ON verification_tokens (public_id, created_at, id);
CREATE INDEX verification_tokens_created ON verification_tokens (created_at, id);
CREATE INDEX verification_tokens_expiry ON verification_tokens (expires_at);

-- Failed logins by a keyed digest of the email, whether or not anybody has it.
CREATE TABLE login_throttle (
  email_digest VARCHAR(64) NOT NULL PRIMARY KEY,
  failures BIGINT NOT NULL,
  last_failure_at BIGINT NOT NULL,
  day_failures BIGINT NOT NULL
);
CREATE INDEX login_throttle_age ON login_throttle (last_failure_at);

-- The audit log: a chain in which each mac covers the one before.
CREATE TABLE events (
  seq BIGINT NOT NULL PRIMARY KEY,
  occurred_at BIGINT NOT NULL,
  type VARCHAR(40) NOT NULL,
  actor VARCHAR(100) NOT NULL,
  public_id VARCHAR(36) NOT NULL,
  subject VARCHAR(64) NOT NULL,
  detail TEXT NOT NULL,
  root_key_id VARCHAR(16) NOT NULL,
  mac VARCHAR(64) NOT NULL
);
CREATE INDEX events_user ON events (public_id, seq);

-- One row: the end of the chain, locked last by every change so that commit order is seq order, and the anchor where
-- it begins after pruning: the seq and mac of the last event pruned, under a mac of their own.
CREATE TABLE event_head (
  id BIGINT NOT NULL PRIMARY KEY,
  seq BIGINT NOT NULL,
  mac VARCHAR(64) NOT NULL,
  anchor_seq BIGINT NOT NULL,
  anchor_mac VARCHAR(64) NOT NULL,
  anchor_key_id VARCHAR(16) NOT NULL,
  anchor_proof VARCHAR(64) NOT NULL
);
INSERT INTO event_head (id, seq, mac, anchor_seq, anchor_mac, anchor_key_id, anchor_proof)
  VALUES (1, 0, '', 0, '', '', '');
