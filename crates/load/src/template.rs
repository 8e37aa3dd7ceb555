//! Requests that are made once, and in which only what must be fresh is overwritten in place.

use std::ops::Range;

/// Stands in the text of a request for the client's address.
pub(crate) const ADDRESS: &str = "10.000.000.000";

/// Octets of 100 to 255 always take three digits, so that an address is patched without moving a byte.
const OCTETS: u64 = 156;

/// 3,796,416 addresses before the first comes again; the usual limit of one is 100 or 1,000 events an hour.
const ADDRESSES: u64 = OCTETS * OCTETS * OCTETS;

/// Whose number it is that digits are made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Of {
    /// The event's.
    Event,
    /// That of the install which sends it.
    Install,
}

/// What is written over a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fresh {
    /// Up to 16 hexadecimal digits.
    Hex(Of),
    /// Decimal digits.
    Decimal(Of),
    /// A UUID of version 4 in the place of another one.
    Uuid(Of),
    /// 16 hexadecimal digits: this one of the install's signatures, of so many that there are.
    Signature(u64, u64),
    /// An address in the place of [`ADDRESS`].
    Address,
}

/// A place in a text, and what is written over it.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) range: Range<usize>,
    pub(crate) fresh: Fresh,
    /// Tells one value that is made of a number from the next.
    pub(crate) salt: u64,
}

/// The text of one event, with places for what is fresh.
#[derive(Clone, Debug)]
pub(crate) struct Body {
    pub(crate) text: String,
    pub(crate) places: Vec<Place>,
}

/// A request with places for what is fresh, each with the number of the event it belongs to.
#[derive(Clone, Debug)]
pub(crate) struct Template {
    bytes: Vec<u8>,
    /// Of the bytes, so many are the body: the last ones.
    body: usize,
    places: Vec<(u64, Place)>,
}

/// What a request's fresh values are made of. Equal numbers give equal bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Numbers {
    pub(crate) request: u64,
    /// Of the request's first event; the others follow.
    pub(crate) first_event: u64,
    pub(crate) install: u64,
}

impl Numbers {
    /// Of the request of this number where each has one event, of an install of its own.
    pub(crate) fn of_one(number: u64) -> Self {
        Self { request: number, first_event: number, install: number }
    }
}

impl Body {
    /// An event in which every occurrence of a placeholder is such a place.
    pub(crate) fn new(text: String, placeholders: &[(&str, Fresh)]) -> Self {
        let found = placeholders.iter().flat_map(|(placeholder, fresh)| {
            (0..).zip(text.match_indices(placeholder)).map(|(salt, (start, found))| Place {
                range: start..start + found.len(),
                fresh: *fresh,
                salt,
            })
        });
        Self { places: found.collect(), text }
    }
}

impl Template {
    /// A request of this head with these events, one behind the other between `start` and `end`.
    pub(crate) fn new(head: impl Fn(usize) -> String, [start, end]: [&str; 2], events: &[Body]) -> Self {
        let commas = events.len().saturating_sub(1);
        let length = start.len() + events.iter().map(|event| event.text.len()).sum::<usize>() + commas + end.len();
        let head = head(length);
        let address = head.find(ADDRESS).map(|start| start..start + ADDRESS.len());
        let address = address.map(|range| (0, Place { range, fresh: Fresh::Address, salt: 0 }));
        let mut places: Vec<_> = address.into_iter().collect();
        let mut bytes = (head + start).into_bytes();
        for (number, event) in (0..).zip(events) {
            if number > 0 {
                bytes.push(b',');
            }
            let offset = bytes.len();
            bytes.extend_from_slice(event.text.as_bytes());
            let moved = |range: &Range<usize>| range.start + offset..range.end + offset;
            places.extend(event.places.iter().map(|place| (number, Place { range: moved(&place.range), ..*place })));
        }
        bytes.extend_from_slice(end.as_bytes());
        Self { bytes, body: length, places }
    }

    /// Writes what is fresh in the request of these numbers and returns the bytes to send.
    ///
    /// Ids look random, as those of clients, so that the indexes of a server see the inserts they would see in use.
    pub(crate) fn patch(&mut self, numbers: Numbers) -> &[u8] {
        for (event, Place { range, fresh, salt }) in &self.places {
            let bytes = &mut self.bytes[range.clone()];
            let digits = |of| {
                let number = match of {
                    Of::Event => numbers.first_event.wrapping_add(*event),
                    // The other way round, or the first install would have the digits of the first event.
                    Of::Install => !numbers.install,
                };
                mix(mix(number) ^ salt)
            };
            match *fresh {
                Fresh::Hex(of) => write_hex(bytes, digits(of)),
                Fresh::Decimal(of) => write_decimal(bytes, digits(of)),
                Fresh::Uuid(of) => write_uuid(bytes, digits(of)),
                Fresh::Signature(number, all) => write_hex(bytes, mix((mix(numbers.install) % all + number) % all)),
                Fresh::Address => write_address(bytes, numbers.request),
            }
        }
        &self.bytes
    }

    /// Size of the request, head and body, in bytes.
    pub(crate) fn size(&self) -> usize {
        self.bytes.len()
    }

    /// Size of the body alone.
    pub(crate) fn body_size(&self) -> usize {
        self.body
    }
}

/// `SplitMix64`: a bijection of 64 bits whose neighbours have nothing in common.
fn mix(number: u64) -> u64 {
    let mut bits = number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

/// Fills `place` with the low hexadecimal digits of `bits`.
fn write_hex(place: &mut [u8], mut bits: u64) {
    for digit in place.iter_mut().rev() {
        *digit = b"0123456789abcdef"[(bits & 15) as usize];
        bits >>= 4;
    }
}

/// Fills `place` with the low decimal digits of `number`.
fn write_decimal(place: &mut [u8], mut number: u64) {
    for digit in place.iter_mut().rev() {
        *digit = b"0123456789"[(number % 10) as usize];
        number /= 10;
    }
}

/// Writes a UUID of version 4 over another one: digits 14 and 19, version and variant of RFC 9562, stay.
fn write_uuid(place: &mut [u8], high: u64) {
    let low = mix(high);
    write_hex(&mut place[0..8], high);
    write_hex(&mut place[9..13], high >> 32);
    write_hex(&mut place[15..18], high >> 48);
    write_hex(&mut place[20..23], low >> 48);
    write_hex(&mut place[24..36], low);
}

fn write_address(place: &mut [u8], request: u64) {
    // An odd prime that does not divide 156 keeps the walk over all addresses complete and out of order.
    let address = (request % ADDRESSES) * 2_654_435_761 % ADDRESSES;
    for (octet, divisor) in [(3, OCTETS * OCTETS), (7, OCTETS), (11, 1)] {
        write_decimal(&mut place[octet..octet + 3], address / divisor % OCTETS + 100);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::net::Ipv4Addr;

    use super::*;

    fn template(texts: &[&str], placeholders: &[(&str, Fresh)]) -> Template {
        let bodies: Vec<Body> = texts.iter().map(|text| Body::new((*text).to_owned(), placeholders)).collect();
        Template::new(|length| format!("{length} {ADDRESS} "), ["[", "]"], &bodies)
    }

    #[test]
    fn equal_numbers_give_equal_bytes_and_others_do_not() {
        let mut template = template(
            &["<########>", "<########>"],
            &[("########", Fresh::Hex(Of::Event)), ("<", Fresh::Hex(Of::Install))],
        );
        let first = template.patch(Numbers::of_one(7)).to_vec();
        let other = template.patch(Numbers { first_event: 9, ..Numbers::of_one(7) }).to_vec();
        assert_ne!(first, other);
        assert_eq!(template.patch(Numbers::of_one(7)), first);
        let text = String::from_utf8(first).unwrap();
        assert!(text.starts_with("23 10."), "the length of the body: {text}");
        assert!(!text.contains('#') && !text.contains('<') && text.ends_with(">]"), "{text}");
        let (one, two) = text.split_once(',').unwrap();
        assert_ne!(one[one.len() - 9..], two[1..10], "each event is another");
    }

    #[test]
    fn addresses_do_not_come_again_soon_and_reach_both_ends() {
        let mut seen = HashSet::new();
        let mut octets = HashSet::new();
        for request in 0..10_000 {
            let mut place = *b"10.000.000.000";
            write_address(&mut place, request);
            let address: Ipv4Addr = str::from_utf8(&place).unwrap().parse().unwrap();
            assert!(seen.insert(address), "{address} came twice");
            octets.extend(&address.octets()[1..]);
        }
        assert_eq!((octets.iter().min(), octets.iter().max()), (Some(&100), Some(&255)));
    }
}
