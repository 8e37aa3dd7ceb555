//! The description as a page that reads well without scripts, and asks nobody for anything.

use std::fmt::{self, Write as _};

use serde_json::{Map, Value};

/// Between the tags, to the letter: the page's policy names its hash.
pub(super) const STYLE: &str = include_str!("page.css");
/// The keys of a path that are operations, in the order they are shown.
const METHODS: [&str; 4] = ["get", "post", "delete", "options"];

/// The page of a description.
pub(super) fn of(description: &Value) -> String {
    let mut page = String::new();
    // Writing to a String has no error to give.
    let _ = Page { description, out: &mut page }.write();
    page
}

/// Text as it stands in HTML; what is between backticks is code.
struct Text<'t>(&'t str);

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, part) in self.0.split('`').enumerate() {
            let is_code = index % 2 == 1;
            f.write_str(if is_code { "<code>" } else { "" })?;
            for letter in part.chars() {
                match letter {
                    '&' => f.write_str("&amp;")?,
                    '<' => f.write_str("&lt;")?,
                    '>' => f.write_str("&gt;")?,
                    '"' => f.write_str("&quot;")?,
                    letter => f.write_char(letter)?,
                }
            }
            f.write_str(if is_code { "</code>" } else { "" })?;
        }
        Ok(())
    }
}

/// The text under a key, or none.
fn text<'v>(value: &'v Value, key: &str) -> Text<'v> {
    Text(value[key].as_str().unwrap_or_default())
}

/// The members of an object, or none.
fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flat_map(Map::iter)
}

/// The items of a list, or none.
fn items(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// The name of the schema that a reference leads to.
fn referred(schema: &Value) -> Option<&str> {
    schema["$ref"].as_str()?.rsplit('/').next()
}

struct Page<'p> {
    description: &'p Value,
    out: &'p mut String,
}

/// An operation and where it stands.
struct Operation<'p> {
    path: &'p str,
    method: String,
    value: &'p Value,
}

impl<'p> Page<'p> {
    fn write(mut self) -> fmt::Result {
        let info = &self.description["info"];
        let title = text(info, "title");
        write!(
            self.out,
            "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" \
             content=\"width=device-width\">\n<title>{title}: the HTTP API</title>\n<style>{STYLE}</style>\n\
             <h1>{title} <span class=\"quiet\">{}</span></h1>\n<p>{}</p>\n<p>For programs: \
             <a href=\"/api/openapi.json\">OpenAPI {}</a>.</p>\n",
            text(info, "version"),
            text(info, "description"),
            text(self.description, "openapi"),
        )?;
        let tags = items(&self.description["tags"]);
        self.contents(tags)?;
        for tag in tags {
            let name = text(tag, "name");
            writeln!(self.out, "<h2>{name}</h2>\n<p>{}</p>", text(tag, "description"))?;
            for operation in self.operations(tag) {
                self.operation(&operation)?;
            }
        }
        writeln!(self.out, "<h2>Bodies</h2>")?;
        for (name, schema) in members(&self.description["components"]["schemas"]) {
            self.schema(name, schema)?;
        }
        writeln!(self.out, "</html>")
    }

    fn contents(&mut self, tags: &[Value]) -> fmt::Result {
        writeln!(self.out, "<nav>")?;
        for tag in tags {
            writeln!(self.out, "<p>{}</p>\n<ul>", text(tag, "name"))?;
            for Operation { path, method, value } in self.operations(tag) {
                let id = text(value, "operationId");
                writeln!(self.out, "<li><a href=\"#{id}\">{method} {}</a>", Text(path))?;
            }
            writeln!(self.out, "</ul>")?;
        }
        writeln!(self.out, "</nav>")
    }

    /// The operations of a tag.
    fn operations(&self, tag: &Value) -> Vec<Operation<'p>> {
        let mut operations = Vec::new();
        for (path, item) in members(&self.description["paths"]) {
            for method in METHODS {
                let value = &item[method];
                if items(&value["tags"]).contains(&tag["name"]) {
                    operations.push(Operation { path, method: method.to_uppercase(), value });
                }
            }
        }
        operations
    }

    fn operation(&mut self, Operation { path, method, value }: &Operation<'_>) -> fmt::Result {
        let (id, path) = (text(value, "operationId"), Text(path));
        writeln!(self.out, "<h3 id=\"{id}\"><span class=\"method\">{method}</span> <code>{path}</code></h3>")?;
        writeln!(self.out, "<p>{}. {}</p>", text(value, "summary"), text(value, "description"))?;
        if !items(&value["parameters"]).is_empty() {
            writeln!(self.out, "<table>\n<tr><th>parameter<th>in<th>what")?;
            for parameter in items(&value["parameters"]) {
                let (name, place) = (text(parameter, "name"), text(parameter, "in"));
                let words = one_of(&parameter["schema"]);
                writeln!(
                    self.out,
                    "<tr><td><code>{name}</code><td>{place}<td>{}{}",
                    text(parameter, "description"),
                    Text(&words)
                )?;
            }
            writeln!(self.out, "</table>")?;
        }
        for (media, content) in members(&value["requestBody"]["content"]) {
            writeln!(self.out, "<p>Body, <code>{}</code>: {}</p>", Text(media), kind(&content["schema"]))?;
            if !content["example"].is_null() {
                let indented = format!("{:#}", content["example"]);
                let example = content["example"].as_str().unwrap_or(&indented);
                writeln!(self.out, "<pre>{}</pre>", Text(example.trim_end()))?;
            }
        }
        self.answers(&value["responses"])
    }

    fn answers(&mut self, answers: &Value) -> fmt::Result {
        writeln!(self.out, "<table>\n<tr><th>status<th>what<th>holds")?;
        for (status, answer) in members(answers) {
            write!(self.out, "<tr><td>{}<td>{}", Text(status), text(answer, "description"))?;
            for (name, header) in members(&answer["headers"]) {
                write!(
                    self.out,
                    "<br><span class=\"quiet\"><code>{}</code>: {}</span>",
                    Text(name),
                    text(header, "description")
                )?;
            }
            write!(self.out, "<td>")?;
            for (index, (media, content)) in members(&answer["content"]).enumerate() {
                let separator = if index == 0 { "" } else { "<br>" };
                write!(self.out, "{separator}<code>{}</code> {}", Text(media), kind(&content["schema"]))?;
            }
            writeln!(self.out)?;
        }
        writeln!(self.out, "</table>")
    }

    fn schema(&mut self, name: &str, schema: &Value) -> fmt::Result {
        let name = Text(name);
        writeln!(self.out, "<h3 id=\"schema-{name}\">{name}</h3>\n<p>{}</p>", text(schema, "description"))?;
        let choices: Vec<String> = ["oneOf", "anyOf"]
            .iter()
            .flat_map(|key| items(&schema[key]))
            .map(|choice| kind(choice).to_string())
            .collect();
        if !choices.is_empty() {
            writeln!(self.out, "<p>One of: {}</p>", choices.join(", "))?;
        }
        if !schema["properties"].is_null() {
            writeln!(self.out, "<table>\n<tr><th>member<th>holds<th>what")?;
            self.members_of(schema, "")?;
            writeln!(self.out, "</table>")?;
        }
        Ok(())
    }

    /// A row a member, and one a member of those.
    fn members_of(&mut self, schema: &Value, prefix: &str) -> fmt::Result {
        for (name, member) in members(&schema["properties"]) {
            let name = format!("{prefix}{name}");
            let words = one_of(member);
            writeln!(
                self.out,
                "<tr><td><code>{}</code><td>{}<td>{}{}",
                Text(&name),
                kind(member),
                text(member, "description"),
                Text(&words)
            )?;
            self.members_of(member, &format!("{name}."))?;
            self.members_of(&member["items"], &format!("{name}[]."))?;
        }
        Ok(())
    }
}

/// What a value is, in HTML.
fn kind(schema: &Value) -> Kind<'_> {
    Kind(schema)
}

struct Kind<'v>(&'v Value);

impl fmt::Display for Kind<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(schema) = self;
        if let Some(name) = referred(schema) {
            return write!(f, "<a href=\"#schema-{0}\">{0}</a>", Text(name));
        }
        if schema["type"] == "array" {
            return write!(f, "array of {}", kind(&schema["items"]));
        }
        let choices = ["oneOf", "anyOf"].iter().flat_map(|key| items(&schema[key]));
        for (index, choice) in choices.enumerate() {
            write!(f, "{}{}", if index == 0 { "" } else { " or " }, kind(choice))?;
        }
        match &schema["type"] {
            Value::String(name) => f.write_str(name),
            Value::Array(names) => {
                let names: Vec<&str> = names.iter().filter_map(Value::as_str).collect();
                f.write_str(&names.join(" or "))
            }
            _ => Ok(()),
        }
    }
}

/// The texts that a value can be, in words.
fn one_of(schema: &Value) -> String {
    let words: Vec<String> =
        items(&schema["enum"]).iter().filter_map(Value::as_str).map(|word| format!("`{word}`")).collect();
    match words.as_slice() {
        [] => String::new(),
        words => format!(" Can be: {}.", words.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped_and_backticks_are_code() {
        assert_eq!(Text("a < b & \"c\", `<d>`").to_string(), "a &lt; b &amp; &quot;c&quot;, <code>&lt;d&gt;</code>");
    }

    #[test]
    fn the_page_is_whole_and_asks_nobody() {
        let page = super::super::page();
        for part in ["/api/v1/{app}/events", "askfirst-contract", "retry_after", "application/problem+json", "zstd"] {
            assert!(page.contains(part), "{part}");
        }
        for foreign in ["http://", "https://", "<script", "<link", "<img", "@import", "url("] {
            assert!(!page.contains(foreign), "{foreign}");
        }
        for link in page.split("href=\"#").skip(1).map(|rest| rest.split('"').next().unwrap()) {
            assert!(page.contains(&format!("id=\"{link}\"")), "{link} leads nowhere");
        }
    }
}
