//! The server's own file: what belongs to no app.

/// Numbered migrations, as those of ledgers.
pub const MIGRATIONS: [&str; 1] = [include_str!("operator/0001_token.sql")];

/// Stores a token: `?1` id, `?2` name, `?3` hash, `?4` scope, `?5` apps, `?6` time.
pub const INSERT_TOKEN: &str =
    "INSERT INTO token (id, name, hash, scope, apps, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";

/// All tokens, the oldest first.
pub const TOKENS: &str =
    "SELECT id, name, scope, apps, created_at, last_used, hash FROM token ORDER BY created_at, name";

/// The token of an id: `?1`; columns as in [`TOKENS`].
pub const FIND_TOKEN: &str = "SELECT id, name, scope, apps, created_at, last_used, hash FROM token WHERE id = ?1";

/// Whether there is any token.
pub const HAS_TOKENS: &str = "SELECT EXISTS (SELECT 1 FROM token)";

/// Whether there is a token of this name: `?1`.
pub const HAS_TOKEN: &str = "SELECT EXISTS (SELECT 1 FROM token WHERE name = ?1)";

/// Deletes the token of this name or id: `?1`. No name has the form of an id.
pub const DELETE_TOKEN: &str =
    "DELETE FROM token WHERE name = ?1 OR id = ?1 RETURNING id, name, scope, apps, created_at, last_used, hash";

/// Notes that a token was used: `?1` id, `?2` time.
pub const NOTE_TOKEN_USE: &str = "UPDATE token SET last_used = max(coalesce(last_used, 0), ?2) WHERE id = ?1";
