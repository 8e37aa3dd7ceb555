//! What anybody may know, as a page.

use super::*;

const PAGE: &str = "public-stats";

#[test]
fn the_page_has_the_numbers_that_are_published_and_no_others() {
    let home = Home::new();
    let made =
        home.run(&["demo", "--events", "20k", "--installs", "600", "--days", "30", "--no-serve", "--data", "data"]);
    assert_eq!(made.code, Some(0), "{}", made.stderr);
    let mut command = home.serve_command();
    command.args(["--contracts", "data/contracts"]);
    let server = Server::start(command);
    let published = server.get("/api/v1/demo/public").json();
    let html = server.get("/api/v1/demo/public-stats").text();
    assert!(html.contains(&format!("<dd>{}</dd>", published["active"])), "{published} {html}");
    assert!(html.contains(&format!("from {} to ", published["first_day"].as_str().unwrap())), "{published} {html}");
    let mut rows = Vec::new();
    for table in published["tables"].as_array().unwrap() {
        for group in table["groups"].as_array().unwrap() {
            rows.push((group["value"].as_str().unwrap().to_owned(), group["installs"].to_string()));
        }
        let other = if table["other"] == 0 { "fewer than 20".to_owned() } else { table["other"].to_string() };
        rows.push(("Any other, or none".to_owned(), other));
    }
    assert!(rows.len() > 4, "{rows:?}");
    let shown = html.split("<tr><th scope=\"row\">").skip(1).map(|row| {
        let (value, rest) = row.split_once("</th><td>").unwrap();
        (value.to_owned(), rest.split_once('<').unwrap().0.to_owned())
    });
    assert_eq!(shown.collect::<Vec<_>>(), rows);
}

#[test]
fn where_nothing_is_published_the_page_says_so_and_what_to_do() {
    let home = home(&contract());
    let server = home.serve();
    let answer = server.get("/api/v1/mytool/public-stats");
    assert_eq!((answer.status, answer.header("content-type")), (404, Some("text/html; charset=utf-8")));
    let html = answer.text();
    for part in ["No numbers of My tool are published", "href=\"what-we-collect\"", "by = [&quot;app_version&quot;]"] {
        assert!(html.contains(part), "{part}: {html}");
    }
    assert_eq!(server.get("/api/v1/mytool/public").status, 404);
}

#[test]
fn whatever_a_contract_says_is_text() {
    let nothing = home(&hostile());
    assert_harmless("nothing", &nothing.serve().get("/api/v1/mytool/public-stats"));
    let public = home(&format!("{}\n[public]\nby = [\"mode\"]\n", hostile()));
    assert_harmless(PAGE, &get(&public.serve(), PAGE));
}
