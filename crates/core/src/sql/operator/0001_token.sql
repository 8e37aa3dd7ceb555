-- The server's own file. Never edited after release: a change is a new file beside this one.

-- Who may read which apps over HTTP. Here and not in a ledger: a token is for several apps, and a ledger can be copied
-- without it.
CREATE TABLE token (
  id         TEXT    PRIMARY KEY,     -- 8 hexadecimal digits; stands in the token
  name       TEXT    NOT NULL UNIQUE,
  hash       BLOB    NOT NULL,        -- SHA-256 of its secret
  scope      TEXT    NOT NULL,        -- read, operate
  apps       TEXT,                    -- ids of apps with commas between them; NULL is all apps
  created_at INTEGER NOT NULL,        -- milliseconds since 1970
  last_used  INTEGER                  -- milliseconds since 1970; noted once a minute at the most
) STRICT, WITHOUT ROWID;
