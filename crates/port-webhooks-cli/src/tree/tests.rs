use serde_json::{Value, json};

use super::{Mistake, Node, from_json, from_yaml, to_json, to_yaml};

const LIMIT: usize = 16 * 1024 * 1024;

fn yaml(text: &str) -> Result<Vec<Value>, Mistake> {
    from_yaml(text, LIMIT)?.iter().map(value).collect()
}

fn value(tree: &Node) -> Result<Value, Mistake> {
    let mut mistakes = Vec::new();
    let value = tree.to_value(&mut mistakes);
    mistakes.into_iter().next().map_or(Ok(value), Err)
}

#[test]
fn plain_scalars_follow_the_core_schema() {
    let cases = [
        ("~", json!(null)),
        ("true", json!(true)),
        ("no", json!("no")),
        ("on", json!("on")),
        ("-7", json!(-7)),
        ("+7", json!(7)),
        ("-0", json!(0)),
        ("007", json!("007")),
        ("0x1f", json!(31)),
        ("-0b11", json!(-3)),
        ("0o17", json!(15)),
        ("1.5", json!(1.5)),
        (".5", json!(0.5)),
        ("1e3", json!(1000.0)),
        ("1_000", json!("1_000")),
        ("12:30:45", json!("12:30:45")),
        ("2026-01-15", json!("2026-01-15")),
        ("1.2.3", json!("1.2.3")),
        ("1-2", json!("1-2")),
        ("e5", json!("e5")),
        ("inf", json!("inf")),
        ("18446744073709551615", json!(u64::MAX)),
        ("-9223372036854775808", json!(i64::MIN)),
        ("'7'", json!("7")),
        ("!!str 7", json!("7")),
        ("! 7", json!("7")),
        ("!!int 7", json!(7)),
        ("!!float 7", json!(7)),
        ("!!seq [1]", json!([1])),
        ("\"\\U0001F600\\x41\"", json!("\u{1F600}A")),
    ];
    for (text, expected) in cases {
        assert_eq!(yaml(&format!("a: {text}\n")).unwrap(), [json!({ "a": expected })], "{text}");
    }
}

/// Texts that a reader could take for a value of another type.
const LOOKALIKES: &str = "~ null Null NULL no No NO on off yes y N true 12:30:45 0x1f 0o17 0b1 017 1_000 1,000 1e3 1.5 .5 \
                          .inf -.INF .NaN .e+1 .E-1 +7 -7 --- ... <<  = 2026-01-15 2026-01-15T10:30:00.000Z 190:20:30.15 \
                          .body.id https://a.example:8443/?a=b#c é 日本語 \u{1f600}";
/// Characters that mean something to YAML, in any order.
const SYNTAX: [char; 26] = [
    'a', '0', ' ', '\n', '\t', '\r', '-', ':', '#', '.', ',', '?', '!', '&', '*', '|', '>', '%', '@', '`',
    '"', '\'', '\\', '[', '{', '=',
];

#[test]
fn texts_survive_yaml_and_json() {
    let mut texts: Vec<String> = LOOKALIKES.split(' ').map(str::to_owned).collect();
    texts.extend(["2026-01-15 10:30:00 +01:00".to_owned(), "k".repeat(2000)]);
    for first in SYNTAX {
        for second in SYNTAX {
            texts.extend([
                format!("{first}{second}"),
                format!("{first}{second}b"),
                format!("a{first}{second}"),
            ]);
            texts.push(format!("a\n{first}{second}"));
        }
    }
    let steering =
        ('\0'..='\u{ffff}').filter(|c| crate::terminal::steers(*c)).chain(['\u{e0041}', '\u{1d173}']);
    texts.extend(steering.flat_map(|c| [format!("a{c}b"), format!("a\n{c}"), c.to_string()]));
    let members: serde_json::Map<_, _> =
        texts.iter().map(|text| (text.clone(), json!({ text: [text, [text]] }))).collect();
    let written = json!({ "texts": texts, "members": members, "empty": [{}, [], null] });
    let (yaml_text, json_text) = (to_yaml(&written).unwrap(), to_json(&written).unwrap());
    for text in [&yaml_text, &json_text] {
        assert!(!text.contains(|c: char| c != '\n' && crate::terminal::steers(c)), "{text}");
    }
    assert_eq!(yaml(&yaml_text).unwrap(), std::slice::from_ref(&written));
    assert_eq!(value(&from_json(&json_text, LIMIT).unwrap()).unwrap(), written);
    // Another reader.
    assert_eq!(serde_norway::from_str::<Value>(&yaml_text).unwrap(), written);
}

#[test]
fn only_texts_that_need_quotes_have_them() {
    let value = json!({
        "plain": ["https://a.example/b?c=d", ".body.id == \"a\"", "run.completed", "two words", "v1.2.3"],
        "quoted": ["no", "12:30:45", "2026-01-15", "", "<<"],
        "text": "one\n  two\n",
        "list": [[1, 2], { "a": {}, "b": [] }],
    });
    let expected = "\
list:
- - 1
  - 2
- a: {}
  b: []
plain:
- https://a.example/b?c=d
- .body.id == \"a\"
- run.completed
- two words
- v1.2.3
quoted:
- \"no\"
- \"12:30:45\"
- \"2026-01-15\"
- \"\"
- \"<<\"
text: |
  one
    two
";
    assert_eq!(to_yaml(&value).unwrap(), expected);
}
