//! What anybody may know, as a page: figures, bars and tables, how they are made, and where else they are.

use std::fmt::Write as _;

use askfirst_contract::{
    Contract, Day, Dimension, Public, api_address, escape_markup as escape, html_copyable, html_document,
};

use super::{Count, Published, Table};
use crate::badge;
use crate::report::grouped;

/// The page of a week. `server` is the address that clients know, as far as that is known.
#[must_use]
pub fn html(published: &Published, server: Option<&str>) -> String {
    let (title, days) = (format!("{} in numbers", published.title), published.days());
    let tables: String = published.tables.iter().map(|table| table_of(table, published.active)).collect();
    let body = format!(
        "<div class=\"page\">\n<header>\n<h1>{title}</h1>\n\
         <p>Installations that were active from {first} to {last}, the week {week}.</p>\n\
         <dl class=\"figure\"><dt>Active installations</dt><dd>{active}</dd></dl>\n</header>\n<main>\n{tables}{made}{kept}</main>\n</div>\n",
        title = escape(&title),
        first = days.start(),
        last = days.end(),
        week = published.week,
        active = number(published.active),
        made = how_they_are_made(*days.end()),
        kept = elsewhere(published, server),
    );
    html_document(&title, &body)
}

/// The page where a contract publishes nothing.
#[must_use]
pub fn html_of_nothing(contract: &Contract) -> String {
    let title = &contract.app.title;
    let roles = Dimension::ROLES.map(Dimension::Role);
    let names = roles.iter().filter(|by| by.fields(&contract.events).next().is_some()).map(Dimension::name);
    let example = format!("[public]\nby = {:?}", names.collect::<Vec<_>>());
    let body = format!(
        "<div class=\"page\">\n<header>\n<h1>No numbers of {} are published</h1>\n\
         <p>Its makers have declared none public, so there is nothing to see here. What the tool reports at all, and why, \
         is told by <a href=\"what-we-collect\">what it collects</a>.</p>\n</header>\n<main>\n\
         <h2>If these are yours to publish</h2>\n\
         <p>Add this to the contract, and load it again: the number of active installations of each week becomes public, \
         and how many of them by each of these. No group below {} is ever shown.</p>\n{}</main>\n</div>\n",
        escape(title),
        Public::SMALLEST_GROUP,
        html_copyable(&example, "what is added"),
    );
    html_document(&format!("No numbers of {title} are published"), &body)
}

fn table_of(table: &Table, active: Count) -> String {
    let groups = table.groups.iter().map(|(value, count)| (escape(value), *count));
    let rest = if table.groups.is_empty() { "Any, or none" } else { "Any other, or none" };
    let mut rows = String::new();
    for (value, count) in groups.chain([(rest.to_owned(), table.other)]) {
        // Writing to a String has no error to give.
        let _ = writeln!(
            rows,
            "<tr><th scope=\"row\">{value}</th><td>{}</td><td>{}</td></tr>",
            number(count),
            bar(count, active)
        );
    }
    let by = by(&table.by);
    format!(
        "<h2>{by}</h2>\n<table class=\"counts\">\n<thead><tr><th scope=\"col\">{by}</th>\
         <th scope=\"col\">Installations</th><td></td></tr></thead>\n<tbody>\n{rows}</tbody>\n</table>\n"
    )
}

/// What installs are counted by, as HTML: a role, or the path of a field.
fn by(name: &str) -> String {
    match name {
        "app_version" => "Version".to_owned(),
        "platform" => "Platform".to_owned(),
        "runtime" => "Runtime".to_owned(),
        path => format!("<code>{}</code>", escape(path)),
    }
}

/// `1,240`, or that there are fewer than could be told.
fn number(count: Count) -> String {
    match count.get() {
        0 => format!("fewer than {}", Public::SMALLEST_GROUP),
        count => grouped(&count.to_string()),
    }
}

/// A bar as long as the part that one published number is of another: it tells no more than they do. In SVG, as no
/// style but the document's is allowed.
fn bar(part: Count, whole: Count) -> String {
    let percent = if whole.get() == 0 { 0 } else { u128::from(part.get()) * 100 / u128::from(whole.get()) };
    format!(
        "<svg class=\"bar\" viewBox=\"0 0 100 1\" preserveAspectRatio=\"none\" aria-hidden=\"true\">\
         <rect width=\"{percent}\" height=\"1\"/></svg>"
    )
}

fn how_they_are_made(last: Day) -> String {
    format!(
        "<h2>How these numbers are made</h2>\n\
         <p>They are of a whole week, from Monday to Sunday (UTC), by the time of receipt. An installation counts once, \
         and in each table by what it reported last. {}</p>\n<p>They change on {}, when the next week is over.</p>\n",
        Public::how_it_is_rounded(),
        Day(last.0 + 8),
    )
}

fn elsewhere(published: &Published, server: Option<&str>) -> String {
    let base = api_address(server, &published.app);
    let markdown = format!("[![active installs]({base}/badge.svg)]({base}/public-stats)");
    format!(
        "<h2>Badge</h2>\n<p>{}</p>\n<p>For a README, in Markdown:</p>\n{}\
         <ul class=\"links\">\n<li><a href=\"what-we-collect\">What is collected, and why</a></li>\n\
         <li><a href=\"public\">These numbers as JSON</a></li>\n\
         <li><a href=\"public?format=csv\">These numbers as CSV</a></li>\n</ul>\n",
        badge::svg(published),
        html_copyable(&markdown, "the badge"),
    )
}

#[cfg(test)]
mod tests {
    use askfirst_contract::IsoWeek;

    use super::*;

    fn contract(title: &str) -> Contract {
        let (file, text) = crate::CONTRACTS[0];
        let mut contract = Contract::parse(file, text).unwrap();
        title.clone_into(&mut contract.app.title);
        contract
    }

    fn published(title: &str) -> Published {
        let group = |value: &str, count: u64| (value.to_owned(), Count::of(count));
        Published {
            app: "tool".to_owned(),
            title: title.to_owned(),
            week: IsoWeek::parse("2026-W31").unwrap(),
            active: Count::of(1_259),
            tables: vec![
                Table {
                    by: "app_version".to_owned(),
                    groups: vec![group("1.4.2", 900), group("1.4.1", 320)],
                    other: Count::of(39),
                },
                Table { by: "mode.<fast>".to_owned(), groups: Vec::new(), other: Count::of(1_259) },
            ],
        }
    }

    fn body(html: &str) -> &str {
        html.split_once("</style>").unwrap().1.split_once("<script>").unwrap().0
    }

    #[test]
    fn the_page_of_a_week() {
        let html = html(&published("My Tool"), Some("https://telemetry.example.com"));
        insta::assert_snapshot!(body(&html));
    }

    #[test]
    fn the_page_of_nothing() {
        insta::assert_snapshot!(body(&html_of_nothing(&contract("My Tool"))));
    }

    #[test]
    fn what_is_to_be_added_makes_a_contract() {
        let contract = contract("My Tool");
        let html = html_of_nothing(&contract);
        let (_, example) = html.split_once("<pre>").unwrap();
        let example = example.split_once("</pre>").unwrap().0.replace("&quot;", "\"");
        let text = format!("{}\n{example}\n", contract.to_toml());
        let names: Vec<_> = Contract::parse("c.toml", &text)
            .unwrap()
            .public
            .unwrap()
            .by
            .iter()
            .map(|by| by.name().to_owned())
            .collect();
        assert_eq!(names, ["app_version", "platform"]);
    }

    #[test]
    fn what_is_declared_stays_text() {
        let hostile = "\"/><script>alert('1')</script>";
        for html in [html(&published(hostile), None), html_of_nothing(&contract(hostile))] {
            assert_eq!(html.matches("<script").count(), 1, "ours");
            assert!(!html.contains("<fast>") && html.contains("&lt;script&gt;alert"));
        }
    }

    #[test]
    fn numbers_are_never_more_than_there_are() {
        for (exact, told) in [(0, "fewer than 20"), (19, "fewer than 20"), (999, "980"), (1_000_019, "1,000,000")] {
            assert_eq!(number(Count::of(exact)), told);
        }
        assert!(bar(Count::of(20), Count::of(0)).contains("width=\"0\""));
        assert!(bar(Count::of(u64::MAX), Count::of(u64::MAX)).contains("width=\"100\""));
    }
}
