-- How a ledger on D1 stores events. There, one batch of statements is one transaction, and nobody can decide between two
-- of its statements: so everything about an event is decided here, by the trigger below, one event after the other.

-- The limits count receipts of the last hour: without these, every event would read all of them.
CREATE INDEX event_install ON event (install);
CREATE INDEX event_address ON event (address) WHERE address IS NOT NULL;

-- Events by the hash of their id, apart from them: an index of the ids themselves would be several times as large.
CREATE TABLE event_key (
  hash INTEGER PRIMARY KEY, -- the first 64 bits of SHA-256
  seq  INTEGER NOT NULL     -- event.seq
) STRICT;

-- Event ids whose hash another id has: hardly ever any.
CREATE TABLE event_collision (
  event_id TEXT    PRIMARY KEY,
  seq      INTEGER NOT NULL     -- event.seq
) STRICT, WITHOUT ROWID;

-- Installs by the hash of their id.
CREATE TABLE install_key (
  hash INTEGER PRIMARY KEY, -- the first 64 bits of SHA-256
  id   INTEGER NOT NULL     -- install.id
) STRICT;

-- Installs whose id has the hash of another: hardly ever any.
CREATE TABLE install_collision (
  install_id ANY     PRIMARY KEY,
  id         INTEGER NOT NULL     -- install.id
) STRICT, WITHOUT ROWID;

-- What was decided about the events of the last batch, by their places in it. The next batch writes over it.
CREATE TABLE decision (
  place    INTEGER PRIMARY KEY,
  verdict  TEXT    NOT NULL, -- accepted, duplicate, replaced, forgotten, install, address, too_many_types
  wait     INTEGER,          -- milliseconds until a limit lets one more through
  seq      INTEGER NOT NULL, -- event.seq, if it is stored
  install  INTEGER,          -- install.id
  replaced INTEGER           -- event.seq of the event whose place it takes
) STRICT;

-- Exceptions from `folded_seq` in `meta`, until they are folded themselves. An event behind it that has a row here is
-- counted as the row says: it took the place of another, which counts, or was counted already. An event before it that has
-- one came late, after a clock was set back.
CREATE TABLE fold_exception (
  seq         INTEGER PRIMARY KEY, -- event.seq
  type        TEXT,                -- NULL where nothing is to be counted
  install     INTEGER,
  occurred_at INTEGER,             -- or the receipt, where the event does not tell
  contract    INTEGER,
  fields      TEXT
) STRICT;

CREATE VIEW incoming AS SELECT
  0 AS place, 0 AS now, 0 AS contract, '' AS type, 0 AS is_declared, '[]' AS declared_types,
  '' AS event_id, 0 AS event_hash, 0 AS is_latest, '' AS other_id, 0 AS other_hash, -- the key; see `Key`
  '' AS install_id, 0 AS install_hash, x'' AS tombstone, 0 AS active_day,
  0 AS address, 0 AS other_address, 0 AS occurred_at, '' AS fields,
  0 AS install_limit, 0 AS install_window, 0 AS address_limit, 0 AS address_window -- windows in milliseconds
WHERE false;

CREATE TRIGGER append INSTEAD OF INSERT ON incoming
BEGIN
  INSERT OR REPLACE INTO decision (place, verdict, wait, seq, install, replaced)
  SELECT
    new.place,
    CASE
      WHEN stored IS NOT NULL THEN iif(new.is_latest, 'replaced', 'duplicate')
      WHEN other IS NOT NULL THEN 'duplicate'
      WHEN known IS NULL AND EXISTS (SELECT 1 FROM forgotten WHERE hash = new.tombstone) THEN 'forgotten'
      WHEN install_wait IS NOT NULL THEN 'install'
      WHEN address_wait IS NOT NULL THEN 'address'
      WHEN NOT new.is_declared
        AND NOT EXISTS (SELECT 1 FROM rollup WHERE day = new.now / 86400000 AND metric = 'events:' || new.type)
        AND 200 <= (
          SELECT count(*) FROM rollup
          WHERE day = new.now / 86400000 AND metric GLOB 'events:*'
            AND substr(metric, 8) NOT IN (SELECT value FROM json_each(new.declared_types))
        ) THEN 'too_many_types'
      ELSE 'accepted'
    END,
    coalesce(install_wait, address_wait),
    -- A clock that is ten seconds ahead of this one was set back; else receipt does not go backwards.
    max(new.now * 1024, 1 + coalesce((SELECT max(seq) FROM event WHERE seq < (new.now + 10000) * 1024), 0)),
    CASE WHEN new.install_id IS NULL THEN NULL ELSE coalesce(known, 1 + max(
      coalesce((SELECT max(id) FROM install), 0), coalesce((SELECT max(install) FROM forgotten), 0),
      coalesce((SELECT value FROM meta WHERE name = 'merged_install'), 0)
    )) END,
    stored
  -- DISTINCT keeps SQLite from computing a column again wherever it is named.
  FROM (
    SELECT DISTINCT stored, other, known, address_wait,
      CASE WHEN new.install_limit IS NOT NULL AND known IS NOT NULL THEN new.install_window - new.now + (
        SELECT seq / 1024 FROM event WHERE seq >= (new.now - new.install_window + 1) * 1024 AND install = known
        ORDER BY seq DESC LIMIT 1 OFFSET new.install_limit - 1
      ) END AS install_wait
    FROM (
      SELECT DISTINCT
        coalesce(
          (SELECT e.seq FROM event_key AS k JOIN event AS e ON e.seq = k.seq
            WHERE k.hash = new.event_hash AND e.event_id = new.event_id),
          (SELECT seq FROM event_collision WHERE event_id = new.event_id)
        ) AS stored,
        coalesce(
          (SELECT e.seq FROM event_key AS k JOIN event AS e ON e.seq = k.seq
            WHERE k.hash = new.other_hash AND e.event_id = new.other_id),
          (SELECT seq FROM event_collision WHERE event_id = new.other_id)
        ) AS other,
        coalesce(
          (SELECT i.id FROM install_key AS k JOIN install AS i ON i.id = k.id
            WHERE k.hash = new.install_hash AND i.install_id = new.install_id),
          (SELECT id FROM install_collision WHERE install_id = new.install_id)
        ) AS known,
        CASE WHEN new.address_limit IS NOT NULL THEN new.address_window - new.now + (
          SELECT seq / 1024 FROM event
          WHERE seq >= (new.now - new.address_window + 1) * 1024 AND address IN (new.address, new.other_address)
          ORDER BY seq DESC LIMIT 1 OFFSET new.address_limit - 1
        ) END AS address_wait
    )
  );

  INSERT INTO install (id, install_id, first_active, last_received)
  SELECT d.install, new.install_id, new.active_day, new.now / 86400000 FROM decision AS d
  WHERE d.place = new.place AND d.verdict = 'accepted' AND d.install IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM install WHERE id = d.install);

  INSERT INTO install_collision (install_id, id)
  SELECT new.install_id, d.install FROM decision AS d JOIN install_key AS k ON k.hash = new.install_hash
  WHERE d.place = new.place AND d.verdict = 'accepted' AND d.install IS NOT NULL AND k.id <> d.install
    AND NOT EXISTS (SELECT 1 FROM install_collision WHERE install_id = new.install_id);

  INSERT OR IGNORE INTO install_key (hash, id)
  SELECT new.install_hash, d.install FROM decision AS d
  WHERE d.place = new.place AND d.verdict = 'accepted' AND d.install IS NOT NULL;

  UPDATE install
  SET last_received = max(last_received, new.now / 86400000), first_active = min(first_active, new.active_day)
  WHERE id = (SELECT install FROM decision WHERE place = new.place AND verdict = 'accepted')
    AND (last_received < new.now / 86400000 OR first_active > new.active_day);

  INSERT INTO event (seq, event_id, type, install, occurred_at, address, contract, fields)
  SELECT d.seq, new.event_id, new.type, iif(d.verdict = 'accepted', d.install, NULL), new.occurred_at,
    iif(d.verdict = 'accepted', new.address, NULL), new.contract, new.fields
  FROM decision AS d WHERE d.place = new.place AND d.verdict IN ('accepted', 'replaced');

  INSERT INTO fold_exception (seq, type, install, occurred_at, contract, fields)
  SELECT d.seq, x.type, x.install, x.occurred_at, x.contract, x.fields
  FROM decision AS d JOIN fold_exception AS x ON x.seq = d.replaced
  WHERE d.place = new.place AND d.verdict = 'replaced'
  UNION ALL
  SELECT d.seq, e.type, e.install, coalesce(e.occurred_at, e.seq / 1024), e.contract, e.fields
  FROM decision AS d LEFT JOIN event AS e
    ON e.seq = d.replaced AND e.seq > coalesce((SELECT value FROM meta WHERE name = 'folded_seq'), -1)
  WHERE d.place = new.place AND d.verdict = 'replaced' AND d.replaced NOT IN (SELECT seq FROM fold_exception)
  UNION ALL
  SELECT d.seq, new.type, d.install, coalesce(new.occurred_at, d.seq / 1024), new.contract, new.fields
  FROM decision AS d
  WHERE d.place = new.place AND d.verdict = 'accepted'
    AND d.seq <= coalesce((SELECT value FROM meta WHERE name = 'folded_seq'), -1);

  -- Who is about to fold has read otherwise.
  INSERT INTO meta (name, value)
  SELECT 'fold_version', 1 FROM decision AS d
  WHERE d.place = new.place AND (
    d.verdict = 'replaced' AND d.replaced > coalesce((SELECT value FROM meta WHERE name = 'folded_seq'), -1)
    OR d.verdict IN ('accepted', 'replaced') AND EXISTS (SELECT 1 FROM event WHERE seq > d.seq)
  )
  ON CONFLICT (name) DO UPDATE SET value = value + 1;

  -- How many events are stored that `folded_seq` has passed.
  INSERT INTO meta (name, value)
  SELECT 'folded_events', (d.seq <= m.value) - (d.verdict = 'replaced' AND d.replaced <= m.value)
  FROM decision AS d JOIN meta AS m ON m.name = 'folded_seq'
  WHERE d.place = new.place AND d.verdict IN ('accepted', 'replaced') AND min(d.seq, coalesce(d.replaced, d.seq)) <= m.value
  ON CONFLICT (name) DO UPDATE SET value = value + excluded.value;

  DELETE FROM fold_exception
  WHERE seq = (SELECT replaced FROM decision WHERE place = new.place AND verdict = 'replaced');

  UPDATE event_key SET seq = (SELECT seq FROM decision WHERE place = new.place)
  WHERE hash = new.event_hash
    AND seq = (SELECT replaced FROM decision WHERE place = new.place AND verdict = 'replaced');

  UPDATE event_collision SET seq = (SELECT seq FROM decision WHERE place = new.place)
  WHERE event_id = new.event_id
    AND seq = (SELECT replaced FROM decision WHERE place = new.place AND verdict = 'replaced');

  DELETE FROM event WHERE seq = (SELECT replaced FROM decision WHERE place = new.place AND verdict = 'replaced');

  INSERT INTO event_collision (event_id, seq)
  SELECT new.event_id, d.seq FROM decision AS d JOIN event_key AS k ON k.hash = new.event_hash
  WHERE d.place = new.place AND d.verdict = 'accepted' AND new.event_id IS NOT NULL;

  INSERT OR IGNORE INTO event_key (hash, seq)
  SELECT new.event_hash, d.seq FROM decision AS d
  WHERE d.place = new.place AND d.verdict = 'accepted' AND new.event_id IS NOT NULL;

  INSERT INTO rollup (day, metric, value)
  SELECT new.now / 86400000, 'events:' || new.type, 1 FROM decision
  WHERE place = new.place AND verdict = 'accepted'
  ON CONFLICT (day, metric) DO UPDATE SET value = value + 1;
END;
