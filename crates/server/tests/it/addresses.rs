//! Which address an event counts for: seen through the limit of an address.

use crate::harness::{Answer, Home, Report, Request, Server};

const ONE_AN_HOUR: &str = "[apps.voicemode]\nlimits = { address = \"1/h\" }\n";

fn serve(home: &Home, arguments: &[&str]) -> Server {
    let fixed = ["serve", "--listen", "127.0.0.1:0", "--data", "data"];
    Server::start(home.askfirst(&[&fixed[..], arguments].concat()))
}

/// Posts a fresh report with the headers.
fn post(server: &Server, headers: &[(&str, &str)]) -> Answer {
    let request = Request::new("POST", "/telemetry").body(Report::new().json());
    server.send(&headers.iter().fold(request, |request, (name, value)| request.header(name, value)))
}

/// Checks that the headers of every row name one address: the first event passes, the others meet the limit.
#[track_caller]
fn assert_one_address(server: &Server, rows: &[&[(&str, &str)]]) {
    let statuses: Vec<u16> = rows.iter().map(|headers| post(server, headers).status).collect();
    let expected: Vec<u16> = (0..rows.len()).map(|row| if row == 0 { 200 } else { 429 }).collect();
    assert_eq!(statuses, expected, "{rows:?}");
}

const FORWARDED: &str = "x-forwarded-for";

#[test]
fn without_a_trusted_proxy_the_peer_is_the_address_whatever_a_header_says() {
    let home = Home::with_config(ONE_AN_HOUR);
    let server = serve(&home, &[]);
    let claimed = ("cf-connecting-ip", "203.0.113.3");
    assert_one_address(&server, &[&[], &[(FORWARDED, "203.0.113.1")], &[(FORWARDED, "203.0.113.2")], &[claimed]]);
}

#[test]
fn a_proxy_that_is_not_the_trusted_one_is_not_believed() {
    let home = Home::with_config(ONE_AN_HOUR);
    let server = serve(&home, &["--trusted-proxy", "10.0.0.0/8"]);
    assert_one_address(&server, &[&[(FORWARDED, "203.0.113.1")], &[(FORWARDED, "203.0.113.2")]]);
}

#[test]
fn behind_a_trusted_proxy_the_last_untrusted_hop_is_the_address() {
    let home = Home::with_config(ONE_AN_HOUR);
    let server = serve(&home, &["--trusted-proxy", "127.0.0.1/32", "--trusted-proxy", "10.0.0.0/8"]);
    assert_one_address(
        &server,
        &[
            &[(FORWARDED, "203.0.113.1")],
            &[(FORWARDED, "198.51.100.7, 203.0.113.1")],
            &[(FORWARDED, "198.51.100.8,203.0.113.1")],
            &[(FORWARDED, "unknown, nonsense, 203.0.113.1")],
            &[(FORWARDED, "203.0.113.1, 10.1.2.3")],
            &[(FORWARDED, "198.51.100.9, 203.0.113.1, 10.1.2.3, 10.255.0.1")],
            &[(FORWARDED, "198.51.100.9"), (FORWARDED, "203.0.113.1")],
            &[("X-Forwarded-For", "203.0.113.1"), ("cf-connecting-ip", "198.51.100.10")],
        ],
    );
    assert_one_address(&server, &[&[(FORWARDED, "203.0.113.1, 203.0.113.2")], &[(FORWARDED, "203.0.113.2")]]);
    assert_one_address(&server, &[&[(FORWARDED, "2001:db8::1")], &[(FORWARDED, "2001:0DB8:0:0::1")]]);
}

#[test]
fn clients_without_an_address_share_one() {
    let home = Home::with_config(ONE_AN_HOUR);
    let server = serve(&home, &["--trusted-proxy", "127.0.0.1/32"]);
    assert_one_address(&server, &[&[], &[], &[]]);
    assert_one_address(&server, &[&[(FORWARDED, "203.0.113.1")], &[(FORWARDED, "203.0.113.1")]]);
}

#[test]
fn the_header_with_the_address_can_be_another() {
    let home = Home::with_config(ONE_AN_HOUR);
    let server = serve(&home, &["--trusted-proxy", "127.0.0.1/32", "--address-header", "CF-Connecting-IP"]);
    assert_one_address(
        &server,
        &[
            &[("cf-connecting-ip", "203.0.113.1"), (FORWARDED, "198.51.100.1")],
            &[("cf-connecting-ip", "203.0.113.1"), (FORWARDED, "198.51.100.2")],
        ],
    );
    assert_one_address(&server, &[&[("CF-Connecting-IP", "203.0.113.2")], &[("cf-connecting-ip", "203.0.113.2")]]);
}
