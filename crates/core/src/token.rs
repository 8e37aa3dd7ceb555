//! The tokens of operators: who may read which apps over HTTP, and do what.

use std::fmt;

use sha2::{Digest as _, Sha256};

use crate::secret::is_equal;

const PREFIX: &str = "askfirst_";
/// Characters of a name at the most: it is shown in one row of a table.
const MAX_NAME: usize = 64;

/// A token as its holder has it: `askfirst_<id>_<secret>`, both in hex. Programs that look for leaked secrets find it
/// by its shape. The id is no secret: it finds what is known of the token.
#[derive(Clone, PartialEq, Eq)]
pub struct Token {
    id: [u8; 4],
    secret: [u8; 32],
}

/// What is kept of a token's secret: its SHA-256. A hash that is slow on purpose protects passwords, which can be
/// guessed; of 256 random bits nobody guesses one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenHash(pub [u8; 32]);

/// What a token is for, each including those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// To read.
    Read,
    /// To change things as well.
    Operate,
}

/// What a token allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// To do what.
    pub scope: Scope,
    /// The ids of the apps that it is for; `None` is all of them.
    pub apps: Option<Vec<String>>,
}

/// The name that an operator gives a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name(String);

impl Token {
    /// A new token of random bytes.
    #[must_use]
    pub fn new(id: [u8; 4], secret: [u8; 32]) -> Self {
        Self { id, secret }
    }

    /// Reads a token; `None` where the text has not its shape.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (id, secret) = text.strip_prefix(PREFIX)?.split_once('_')?;
        Some(Self { id: from_hex(id)?, secret: from_hex(secret)? })
    }

    /// The part that is no secret, 8 hexadecimal digits.
    #[must_use]
    pub fn id(&self) -> String {
        hex(&self.id)
    }

    /// What is kept of it.
    #[must_use]
    pub fn hash(&self) -> TokenHash {
        TokenHash(Sha256::digest(self.secret).into())
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}_{}", hex(&self.id), hex(&self.secret))
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Token({})", hex(&self.id))
    }
}

impl TokenHash {
    /// Whether it is this token's, in a time that does not tell how much of it is.
    #[must_use]
    pub fn is_of(&self, token: &Token) -> bool {
        is_equal(&self.0, &token.hash().0)
    }
}

impl Scope {
    /// The name, as commands and tables have it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Operate => "operate",
        }
    }

    /// The scope of a name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        [Self::Read, Self::Operate].into_iter().find(|scope| scope.name() == name)
    }
}

impl Grant {
    /// Whether it allows so much of an app.
    #[must_use]
    pub fn allows(&self, scope: Scope, app: &str) -> bool {
        self.scope >= scope && self.apps.as_ref().is_none_or(|apps| apps.iter().any(|allowed| allowed == app))
    }
}

impl Name {
    /// Takes a name.
    ///
    /// # Errors
    ///
    /// What is wrong with it, in words.
    pub fn parse(text: &str) -> Result<Self, String> {
        let is_shown = !text.trim().is_empty() && !text.chars().any(char::is_control);
        if !is_shown || text.chars().count() > MAX_NAME {
            return Err(format!("a name has 1 to {MAX_NAME} characters that can be seen"));
        }
        if from_hex::<4>(text).is_some() {
            return Err("8 hexadecimal digits are the id of a token; choose a name that says what it is for".to_owned());
        }
        Ok(Self(text.to_owned()))
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn hex(bytes: &[u8]) -> String {
    use fmt::Write as _;

    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut hex, byte| {
        // Writing to a String has no error to give.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// So many bytes in lower-case hex: what is printed is read again, and nothing else.
fn from_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let pairs = text.as_bytes().chunks(2).map(|pair| match pair {
        [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
        _ => None,
    });
    pairs.collect::<Option<Vec<u8>>>()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_token_has_a_shape_of_its_own_and_does_not_show_its_secret() {
        let token = Token::new([0x1a, 0x2b, 0x3c, 0x4d], [0xef; 32]);
        assert_eq!(token.to_string(), format!("askfirst_1a2b3c4d_{}", "ef".repeat(32)));
        assert_eq!(format!("{token:?}"), "Token(1a2b3c4d)");
        for text in ["", "askfirst_", "askfirst_1a2b3c4d_", "askfirst_1a2b3c4d_ef", "1a2b3c4d"] {
            assert_eq!(Token::parse(text), None, "{text}");
        }
        let text = token.to_string();
        for text in [text.to_uppercase(), format!("{text}0"), format!("{text}00"), format!(" {text}")] {
            assert_eq!(Token::parse(&text), None, "{text}");
        }
    }

    #[test]
    fn a_hash_is_that_of_one_secret() {
        let token = Token::new([1; 4], [2; 32]);
        // SHA-256 of 32 bytes of 2.
        assert_eq!(hex(&token.hash().0), "75877bb41d393b5fb8455ce60ecd8dda001d06316496b14dfa7f895656eeca4a");
        assert!(token.hash().is_of(&token));
        let mut secret = [2; 32];
        for byte in 0..secret.len() {
            secret[byte] ^= 1;
            assert!(!token.hash().is_of(&Token::new([1; 4], secret)), "byte {byte}");
            secret[byte] ^= 1;
        }
    }

    #[test]
    fn to_operate_includes_to_read_and_not_the_other_way() {
        let grant = |scope, apps: Option<&[&str]>| Grant {
            scope,
            apps: apps.map(|apps| apps.iter().map(ToString::to_string).collect()),
        };
        for (grant, scope, app, allowed) in [
            (grant(Scope::Read, None), Scope::Read, "drift", true),
            (grant(Scope::Read, None), Scope::Operate, "drift", false),
            (grant(Scope::Operate, None), Scope::Read, "drift", true),
            (grant(Scope::Operate, None), Scope::Operate, "drift", true),
            (grant(Scope::Operate, Some(&["drift", "baofeng"])), Scope::Read, "baofeng", true),
            (grant(Scope::Operate, Some(&["drift"])), Scope::Read, "baofeng", false),
            (grant(Scope::Operate, Some(&["drift"])), Scope::Read, "drif", false),
            (grant(Scope::Operate, Some(&[])), Scope::Read, "drift", false),
        ] {
            assert_eq!(grant.allows(scope, app), allowed, "{grant:?} {scope:?} {app}");
        }
    }

    #[test]
    fn a_name_can_be_shown_and_is_no_id() {
        for name in ["grafana", "Ada's phone", "dead", "deadbeef0", "DEADBEEF", &"ä".repeat(64)] {
            assert_eq!(Name::parse(name).unwrap().as_str(), name);
        }
        for name in ["", " ", "two\nlines", "\u{1b}[31m", "deadbeef", &"x".repeat(65)] {
            assert!(Name::parse(name).is_err(), "{name:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read_again(id: [u8; 4], secret: [u8; 32]) {
            let token = Token::new(id, secret);
            prop_assert_eq!(Token::parse(&token.to_string()), Some(token));
        }

        #[test]
        fn what_is_read_is_printed_alike(text in "(askfirst_)?[0-9a-fA-F_é]{0,80}") {
            if let Some(token) = Token::parse(&text) {
                prop_assert_eq!(token.to_string(), text);
            }
        }
    }
}
