//! The records of each wire, as its clients send them.

pub(crate) mod baofeng;
pub(crate) mod domscribe;
pub(crate) mod drift;
pub(crate) mod native;
pub(crate) mod voicemode;

/// Stands in the text of an event for 16 hexadecimal digits.
const HEX: &str = "HHHHHHHHHHHHHHHH";
/// Stands in the text of an event for a UUID.
const UUID: &str = "00000000-0000-4000-8000-000000000000";

/// Whether an answer holds this text.
fn holds(body: &[u8], text: &str) -> bool {
    body.windows(text.len()).any(|window| window == text.as_bytes())
}
