//! Bodies that are compressed, rightly and wrongly.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
use ruzstd::encoding::{CompressionLevel, compress_to_vec};

use super::*;

type Compress = fn(&[u8]) -> Vec<u8>;

/// Ways to compress, by the name that HTTP has for them.
const WAYS: [(&str, Compress); 4] = [("gzip", gzip), ("deflate", zlib), ("zstd", zstd), ("deflate", deflate)];
/// Those that carry a checksum: all but the last.
const WITH_SUM: usize = 3;

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn zlib(text: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn deflate(text: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn zstd(text: &[u8]) -> Vec<u8> {
    compress_to_vec(text, CompressionLevel::Fastest)
}

fn encoded(encoding: &str, body: impl AsRef<[u8]>) -> Request {
    request(body).header("content-encoding", encoding)
}

#[test]
fn events_that_are_compressed_are_taken() {
    let home = home();
    let server = home.serve();
    for (encoding, compress) in WAYS {
        let events = launches(5);
        let answer = send(&server, &encoded(encoding, compress(array(&events).as_bytes())));
        assert_eq!(outcomes(&answer), ["accepted"; 5], "{encoding}");
        let lines = encoded(encoding, compress(events.join("\n").as_bytes()));
        assert_eq!(outcomes(&send(&server, &lines)), ["duplicate"; 5], "{encoding}, as lines");
        let chunked = encoded(&encoding.to_uppercase(), compress(launch().json().as_bytes())).chunked(7);
        assert_eq!(outcomes(&send(&server, &chunked)), ["accepted"], "{encoding}, in chunks");
    }
    for encoding in ["identity", "IDENTITY", ""] {
        assert_eq!(outcomes(&send(&server, &encoded(encoding, launch().json()))), ["accepted"], "{encoding:?}");
    }
    assert_eq!(outcomes(&send(&server, &encoded("x-gzip", gzip(launch().json().as_bytes())))), ["accepted"]);
    assert_eq!(stored(&home), 4 * 6 + 4);
}

#[test]
fn several_members_or_frames_are_one_body() {
    let server = home().serve();
    let events: Vec<String> = launches(2).into_iter().map(|event| event + "\n").collect();
    for (encoding, compress) in [WAYS[0], WAYS[2]] {
        let body = [compress(events[0].as_bytes()), compress(events[1].as_bytes())].concat();
        let answer = send(&server, &encoded(encoding, body));
        assert_eq!(outcomes(&answer).len(), 2, "{encoding}: none gets lost");
    }
}

#[test]
fn the_bound_of_a_body_holds_for_what_it_stands_for() {
    let home = home();
    let server = home.serve();
    for (encoding, compress) in WAYS {
        let event = launch().json();
        let padded = |length: usize| format!("{event}{}", " ".repeat(length - event.len()));
        let fits = send(&server, &encoded(encoding, compress(padded(4096).as_bytes())));
        assert_eq!(outcomes(&fits), ["accepted"], "{encoding}");
        let over = send(&server, &encoded(encoding, compress(padded(4097).as_bytes())));
        assert_problem(encoding, &over, 413, "too_large");
        let long = send(&server, &encoded(encoding, vec![7; 5000]));
        assert_problem(&format!("{encoding}, too long as it comes"), &long, 413, "too_large");
    }
    assert_eq!((stored(&home), counted(&server, "refused")), (4, 8));
}

#[test]
fn a_bomb_costs_no_memory() {
    let home = home_with("max_body = \"1 MiB\"\n");
    let server = home.serve();
    assert_eq!(outcomes(&post(&server, launch().json())), ["accepted"]);
    let before = server.memory("VmHWM:");
    let zeros = vec![b' '; 256 << 20];
    let bombs = [("gzip", gzip(&zeros)), ("deflate", zlib(&zeros)), ("zstd", zstd(&zeros)), ("zstd", zstd_bomb())];
    for (encoding, bomb) in &bombs {
        assert!(bomb.len() < 1 << 20, "{encoding}: {} bytes", bomb.len());
        let answer = send(&server, &encoded(encoding, bomb));
        assert!(matches!(answer.status, 413 | 400), "{encoding}: {answer:?}");
        let grown = server.memory("VmHWM:") - before;
        assert!(grown < 64 << 20, "{encoding}: {grown} bytes more than before");
    }
    assert_eq!(outcomes(&post(&server, launch().json())), ["accepted"]);
}

/// A frame with a window of 2 TiB and blocks that each stand for 128 KiB: a decoder that keeps a window keeps all of it.
fn zstd_bomb() -> Vec<u8> {
    let mut bomb = vec![0x28, 0xb5, 0x2f, 0xfd, 0x00, 31 << 3];
    for index in 0..8192_u32 {
        let header = u32::from(index == 8191) | 1 << 1 | (128 << 10) << 3;
        bomb.extend_from_slice(&header.to_le_bytes()[..3]);
        bomb.push(b' ');
    }
    bomb
}

#[test]
fn a_body_that_is_not_what_it_says_is_a_problem() {
    let home = home();
    let server = home.serve();
    for (index, (encoding, compress)) in WAYS.into_iter().enumerate() {
        let whole = compress(array(&launches(3)).as_bytes());
        let mut cases = vec![
            ("empty", Vec::new()),
            ("not compressed", launch().json().into_bytes()),
            ("cut off", whole[..whole.len() - 1].to_vec()),
            ("cut in the middle", whole[..whole.len() / 2].to_vec()),
            ("followed by more", [&whole[..], b"more"].concat()),
        ];
        if index < WITH_SUM {
            let mut changed = whole.clone();
            let last = changed.len() - 1;
            changed[last] ^= 1;
            cases.push(("changed", changed));
        }
        for (case, body) in cases {
            let answer = send(&server, &encoded(encoding, body));
            assert_problem(&format!("{encoding}, {case}"), &answer, 400, "broken_encoding");
        }
    }
    let answer = send(&server, &encoded("gzip", zstd(launch().json().as_bytes())));
    assert_problem("another encoding than it says", &answer, 400, "broken_encoding");
    assert_eq!(stored(&home), 0);
    assert_eq!(counted(&server, "refused"), 24, "each is counted");
}

#[test]
fn an_encoding_that_nobody_knows_is_a_problem_that_names_those_there_are() {
    let home = home();
    let server = home.serve();
    for encoding in ["br", "compress", "gzip, zstd", "gzip,gzip", "nonsense", "*"] {
        let answer = send(&server, &encoded(encoding, launch().json()));
        assert_problem(encoding, &answer, 415, "unknown_encoding");
        assert_eq!(answer.header("accept-encoding"), Some("gzip, deflate, zstd"));
    }
    let twice = encoded("gzip", gzip(launch().json().as_bytes())).header("content-encoding", "identity");
    assert_problem("two headers", &send(&server, &twice), 415, "unknown_encoding");
    assert_eq!((stored(&home), counted(&server, "refused")), (0, 7));
}

#[test]
fn released_wires_are_sent_nothing_compressed() {
    let server = home().serve();
    let report = Report::new().json();
    let answer = server.send(&Request::report(gzip(report.as_bytes())).header("content-encoding", "gzip"));
    assert_eq!((answer.status, answer.text().as_str()), (400, r#"{"error":"Invalid JSON"}"#), "as it always was");
    let answer = server.send(&Request::report(report).header("content-encoding", "gzip"));
    assert_eq!(answer.status, 200, "and what a header says of it is not believed");
}
