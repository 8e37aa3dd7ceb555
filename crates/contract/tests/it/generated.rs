//! Contracts that nobody thought of, and JSON that is hardly ever one of their events.

use proptest::prelude::*;

/// The TOML of a type, and of a default that it takes, where there is one.
type Kind = (String, Option<&'static str>);

fn scalar() -> impl Strategy<Value = Kind> {
    let no_default = |kind: String| (kind, None);
    let cut = prop_oneof![Just(""), Just(", cut = true"), Just(", cut = '...'")];
    prop_oneof![
        (0..4_u32, 4..40_u32, cut)
            .prop_map(|(min, max, cut)| (format!("type = 'text', min = {min}, max = {max}{cut}"), Some("'abcd'"))),
        (4..40_u32).prop_map(|max| (format!("type = 'text', max = {max}, pattern = '[a-z\"\\\\]*'"), Some("''"))),
        prop::collection::hash_set("[a-zé\"]{1,5}", 1..4).prop_map(move |values| no_default(format!(
            "type = 'enum', values = {:?}",
            values.into_iter().collect::<Vec<_>>()
        ))),
        Just(("type = 'bool'".to_owned(), Some("true"))),
        (any::<i32>(), 0..100_i64).prop_map(move |(min, more)| no_default(format!(
            "type = 'int', min = {min}, max = {}",
            i64::from(min) + more
        ))),
        Just(("type = 'int'".to_owned(), Some("-7"))),
        (-1e6..1e6_f64).prop_map(move |min| no_default(format!("type = 'number', min = {min:?}"))),
        Just(("type = 'number', max = 1.5".to_owned(), Some("0.25"))),
        Just(("type = 'time'".to_owned(), Some("'2025-06-15'"))),
        Just(("type = 'uuid'".to_owned(), None)),
        Just(("type = 'uuid', none = 'unknown'".to_owned(), Some("'unknown'"))),
        Just(("type = 'version'".to_owned(), Some("'1.0.0'"))),
        (1..5_u32, 5..20_u32)
            .prop_map(|(min, max)| (format!("type = 'hex', min = {min}, max = {max}"), Some("'abcde'"))),
    ]
}

/// The TOML of one field without its path: any type with any sensible parameters.
fn field(any_json: bool) -> impl Strategy<Value = String> {
    let any_type = prop_oneof![
        6 => scalar(),
        1 => (scalar(), 1..4_u32).prop_map(|((of, _), max)| (format!("type = 'list', of = {{ {of} }}, max = {max}"), None)),
        1 => (1..4_u32, 1..6_u32)
            .prop_map(|(keys, key)| (format!("type = 'counts', max_keys = {keys}, max_key = {key}"), None)),
        1 => Just(("type = 'counts', keys = ['a', 'b']".to_owned(), None)),
        u32::from(any_json) => Just(("type = 'json', max = 10_000".to_owned(), None)),
    ];
    (any_type, 0..4_u32, any::<bool>(), "[ -~é]{1,20}[a-z]").prop_map(|((kind, default), presence, lenient, why)| {
        let presence = match (presence, default) {
            (0 | 1, _) => String::new(),
            (2, Some(default)) => format!(", default = {default}"),
            _ => ", optional = true".to_owned(),
        };
        let lenient = if lenient && !presence.is_empty() { ", lenient = true" } else { "" };
        format!("{{ {kind}{presence}{lenient}, why = {} }}", toml_text(&why))
    })
}

fn toml_text(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// The TOML of what is published, and of an event that it is counted by; empty where that is nothing.
fn public() -> impl Strategy<Value = (String, &'static str)> {
    const EVENT: &str = "[[event]]\ntype = 'started'\nabout = 'S'\ninstall_id = 'install'\n[event.fields]\n\
         install = { type = 'uuid', why = 'w' }\nos = { type = 'text', max = 9, role = 'platform', why = 'w' }\n\
         how = { type = 'enum', values = ['ci', 'agent'], role = 'runtime', why = 'w' }\n\
         mode = { type = 'enum', values = ['', '\"'], optional = true, why = 'w' }\n\
         'is.new' = { type = 'bool', default = true, why = 'w' }\n";
    let by = prop::sample::subsequence(vec!["platform", "runtime", "mode", "is.new"], 0..=4).prop_shuffle();
    prop_oneof![
        3 => Just((String::new(), "")),
        1 => by.prop_map(|by| (format!("[public]\nby = {by:?}\n"), EVENT)),
    ]
}

/// The TOML of a contract with one event of up to six fields, some inside objects, some perhaps in an envelope; with
/// another event where something is published.
///
/// Its clock lets every time of the calendar through.
pub(crate) fn contract() -> impl Strategy<Value = String> {
    let paths =
        prop::collection::btree_set("[abc](\\.[xy]){0,2}", 1..6).prop_filter_map("paths inside fields", |paths| {
            let inside = |a: &String| paths.iter().any(|b| b.starts_with(&format!("{a}.")));
            (!paths.iter().any(inside)).then(|| paths.into_iter().collect::<Vec<_>>())
        });
    let wire = prop_oneof![3 => Just("native"), 1 => Just("elsewhere")];
    let policy =
        (prop_oneof![Just("reject"), Just("discard")], prop_oneof![Just("reject"), Just("envelope")], 14..400_u32);
    let unit = prop_oneof![Just("character"), Just("utf-16")];
    let fields = wire.prop_flat_map(|wire| (Just(wire), prop::collection::vec(field(wire != "native"), 6)));
    (paths.prop_shuffle(), fields, policy, (unit, public()), 0..4_usize).prop_map(
        |(paths, (wire, fields), policy, (unit, (public, event_of_public)), common)| {
            let (undeclared, undeclared_events, days) = policy;
            let is_time =
                |field: &str| field.contains("'time'") && !field.contains("list") && field.matches(',').count() == 1;
            let times: Vec<_> = paths.iter().zip(&fields).map(|(path, field)| is_time(field).then_some(path)).collect();
            let lines: Vec<_> =
                paths.iter().zip(&fields).map(|(path, field)| format!("\"{path}\" = {field}")).collect();
            let common = common.min(lines.len());
            let table = |from: usize, to: usize, name: &str| {
                let time = times[from..to].iter().copied().flatten().next();
                let time = time.map_or_else(String::new, |path| format!("occurred_at = \"{path}\"\n"));
                format!("{time}[{name}.fields]\n{}\n", lines[from..to].join("\n"))
            };
            let (envelope, undeclared_events) = match common {
                0 => (String::new(), "reject"),
                common => (format!("[envelope]\n{}", table(0, common, "envelope")), undeclared_events),
            };
            format!(
                "[app]\nid = 'tool'\ntitle = 'T'\nabout = 'A'\nwire = '{wire}'\ntext_unit = '{unit}'\n\
             [policy]\nundeclared = '{undeclared}'\nundeclared_events = '{undeclared_events}'\nretention = '{days}d'\n\
             clock = {{ future = '4000000d', past = '4000000d' }}\n\
             {public}{envelope}[[event]]\ntype = 'run'\nabout = 'R'\n{}{event_of_public}",
                table(common, lines.len(), "event")
            )
        },
    )
}

/// JSON that comes near enough to such events to pass now and then.
pub(crate) fn event() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        any::<bool>().prop_map(|bool| bool.to_string()),
        (-200..200_i32).prop_map(|int| int.to_string()),
        any::<f64>().prop_filter("finite", |f| f.is_finite()).prop_map(|f| format!("{f:e}")),
        "[a-f0-9]{0,8}".prop_map(|text| format!("\"{text}\"")),
        Just("\"2025-06-15T10:00:00Z\"".to_owned()),
        Just("\"550e8400-e29b-41d4-a716-446655440000\"".to_owned()),
        Just("\"1.2.3-rc.1\"".to_owned()),
        "\\PC{0,6}".prop_map(|text| serde_json::Value::from(text).to_string()),
    ];
    let value = leaf.prop_recursive(4, 32, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(|items| format!("[{}]", items.join(","))),
            prop::collection::vec(("[abcxyz]", inner), 0..5).prop_map(|members| object(&members)),
        ]
    });
    prop::collection::vec(("[abcxyz]", value), 0..6).prop_map(|members| object(&members))
}

fn object(members: &[(String, String)]) -> String {
    let members: Vec<_> = members.iter().map(|(key, value)| format!("\"{key}\":{value}")).collect();
    format!("{{{}}}", members.join(","))
}
