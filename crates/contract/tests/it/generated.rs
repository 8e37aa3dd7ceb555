//! Contracts and events that nobody thought of.

use proptest::prelude::*;

/// The TOML of one field without its path: any type with any sensible parameters.
fn field() -> impl Strategy<Value = String> {
    let scalar = prop_oneof![
        (0..4_u32, 4..40_u32, any::<bool>())
            .prop_map(|(min, max, cut)| format!("type = 'text', min = {min}, max = {max}, cut = {cut}")),
        (4..40_u32).prop_map(|max| format!("type = 'text', max = {max}, pattern = '[a-z\"\\\\]*'")),
        prop::collection::hash_set("[a-zé\"]{1,5}", 1..4)
            .prop_map(|values| format!("type = 'enum', values = {:?}", values.into_iter().collect::<Vec<_>>())),
        Just("type = 'bool'".to_owned()),
        (any::<i32>(), 0..100_i64)
            .prop_map(|(min, more)| format!("type = 'int', min = {min}, max = {}", i64::from(min) + more)),
        Just("type = 'int'".to_owned()),
        (-1e6..1e6_f64).prop_map(|min| format!("type = 'number', min = {min:?}")),
        Just("type = 'time'".to_owned()),
        Just("type = 'uuid'".to_owned()),
        Just("type = 'version'".to_owned()),
        (1..5_u32, 5..20_u32).prop_map(|(min, max)| format!("type = 'hex', min = {min}, max = {max}")),
    ];
    let any_type = prop_oneof![
        4 => scalar.clone(),
        1 => (scalar, 1..4_u32).prop_map(|(of, max)| format!("type = 'list', of = {{ {of} }}, max = {max}")),
        1 => (1..4_u32, 1..6_u32).prop_map(|(keys, key)| format!("type = 'counts', max_keys = {keys}, max_key = {key}")),
        1 => Just("type = 'counts', keys = ['a', 'b']".to_owned()),
    ];
    (any_type, any::<bool>(), "[ -~é]{1,20}[a-z]").prop_map(|(kind, optional, why)| {
        let optional = if optional { ", optional = true" } else { "" };
        format!("{{ {kind}{optional}, why = {} }}", toml_text(&why))
    })
}

fn toml_text(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// The TOML of a contract with one event of up to six fields, some inside objects.
pub(crate) fn contract() -> impl Strategy<Value = String> {
    let paths =
        prop::collection::btree_set("[abc](\\.[xy]){0,2}", 1..6).prop_filter_map("paths inside fields", |paths| {
            let inside = |a: &String| paths.iter().any(|b| b.starts_with(&format!("{a}.")));
            (!paths.iter().any(inside)).then(|| paths.into_iter().collect::<Vec<_>>())
        });
    let policy = prop_oneof![Just("reject"), Just("discard")];
    (paths.prop_shuffle(), prop::collection::vec(field(), 6), policy, 1..400_u32).prop_map(|(paths, fields, undeclared, days)| {
        let fields: Vec<_> = paths.iter().zip(fields).map(|(path, field)| format!("\"{path}\" = {field}")).collect();
        format!(
            "[app]\nid = 'tool'\ntitle = 'T'\nabout = 'A'\n[policy]\nundeclared = '{undeclared}'\nretention = '{days}d'\n\
             [[event]]\ntype = 'run'\nabout = 'R'\n[event.fields]\n{}\n",
            fields.join("\n")
        )
    })
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
            prop::collection::vec(("[abcxyz]", inner), 0..5).prop_map(|members| {
                let members: Vec<_> = members.into_iter().map(|(key, value)| format!("\"{key}\":{value}")).collect();
                format!("{{{}}}", members.join(","))
            }),
        ]
    });
    prop::collection::vec(("[abcxyz]", value), 0..6).prop_map(|members| {
        let members: Vec<_> = members.into_iter().map(|(key, value)| format!("\"{key}\":{value}")).collect();
        format!("{{{}}}", members.join(","))
    })
}
