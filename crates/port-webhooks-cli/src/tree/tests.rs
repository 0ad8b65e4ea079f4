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

#[track_caller]
fn mistake<T: std::fmt::Debug>(read: Result<T, Mistake>) -> String {
    let Mistake { line, what, .. } = read.unwrap_err();
    format!("{line}: {what}")
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

#[test]
fn what_would_be_rounded_or_lost_is_a_mistake() {
    for text in [
        "18446744073709551616",
        "-9223372036854775809",
        "0xffffffffffffffffff",
        "100000000000000000000000",
        "1e400",
        ".inf",
        "-.Inf",
        ".nan",
        "!!binary aGVsbG8=",
        "!!timestamp 2026-01-15",
        "!secret hidden",
        "!!int hidden",
        "!!map [1]",
        "!own [1]",
    ] {
        let told = mistake(yaml(&format!("# one\na: {text}\n")));
        assert!(told.starts_with("2: ") && !told.contains("hidden"), "{text}: {told}");
    }
    for text in ["18446744073709551616", "-9223372036854775809", "1e400"] {
        let tree = from_json(&format!("{{\n\"a\": {text}}}"), LIMIT).unwrap();
        assert!(mistake(value(&tree)).starts_with("2: "), "{text}");
    }
}

#[test]
fn mistakes_have_their_line() {
    for (text, line) in [
        ("a: 1\na: 2\n", "2: a name occurs twice"),
        ("a:\n\tb: 1\n", "2: not valid YAML: a tab indents this line; use spaces"),
        ("a:\n  - b\n\t- c\n", "3: not valid YAML: a tab indents this line; use spaces"),
        ("a: 1\nb:\tc\n", "2: not valid YAML: a tab after `:` or `-`; use a space"),
        ("a:\n  -\t- b\n", "2: not valid YAML: a tab after `:` or `-`; use a space"),
        ("a: b: c\n", "1: "),
        ("a: [\n", "2: "),
        ("a: 1\n1: 2\n", "2: a name that is not a string: put it in quotes"),
        ("a: &x [*x]\n", "1: an alias within"),
        ("a: *x\n", "1: not valid YAML"),
        ("a:\n  <<: 1\n", "2: `<<` takes a mapping"),
    ] {
        let told = mistake(yaml(text));
        assert!(told.starts_with(line), "{text:?}: {told}");
    }
    for (text, line) in [
        ("{\n\"a\": hidden}", "2: not valid JSON: expected value (column 6)"),
        ("{\n\"a\": 1,\n\n\"a\": 2}", "4: a name occurs twice"),
        ("{\"a\": 1} 2", "1: not valid JSON: trailing characters"),
        ("[\n1,\n\"\\ud800\"\n]", "3: not valid JSON"),
    ] {
        let told = mistake(from_json(text, LIMIT).and_then(|tree| value(&tree)));
        assert!(told.starts_with(line), "{text:?}: {told}");
    }
}

/// A value that cannot be read does not hide the others, nor what is wrong with them.
#[test]
fn unreadable_values_are_reported_together_with_paths() {
    let text =
        "a: !!binary x\nb: [1, 18446744073709551616, {c: .inf}]\n1: x\nb: 2\nd: &d [*d]\n<<: 7\ne: f\n";
    let mut mistakes = Vec::new();
    let value = from_yaml(text, LIMIT).unwrap()[0].to_value(&mut mistakes);
    let places: Vec<_> = mistakes.iter().map(|mistake| (mistake.line, mistake.path.as_str())).collect();
    assert_eq!(places, [(1, "a"), (2, "b[1]"), (2, "b[2].c"), (3, "?"), (4, "b"), (5, "d[0]"), (6, "<<")]);
    assert_eq!(value["b"], json!([1, null, { "c": null }]));
    assert_eq!((&value["a"], &value["e"]), (&json!(null), &json!("f")));
}

#[test]
fn paths_lead_to_lines() {
    let text = "a: 1\nheaders:\n  X.Y[0]: b\n  X: c\nevents:\n- d\n-\n  e: f\n";
    let tree = &from_yaml(text, LIMIT).unwrap()[0];
    let lines = [
        ("", 1),
        ("a", 1),
        ("headers", 2),
        ("headers.X.Y[0]", 3),
        ("headers.X", 4),
        ("headers.Z", 2),
        ("events[0]", 6),
        ("events[1].e", 8),
        ("events[7]", 5),
        ("nowhere", 1),
    ];
    for (path, line) in lines {
        assert_eq!(tree.line_of(path), line, "{path}");
    }
    let tree = from_json("{\"a\": 1,\n\"b\": [\n{\"c\": 2}]}", LIMIT).unwrap();
    assert_eq!((tree.line_of("b"), tree.line_of("b[0].c")), (2, 3));
}

#[test]
fn mappings_are_merged() {
    let text = "
        - &a { b: 1, c: 2 }
        - &d { c: 3, e: 4 }
        - { <<: *a, b: 5 }
        - { <<: [*a, *d], f: 6 }
        - { '<<': text }
    ";
    let expected = json!([
        { "b": 1, "c": 2 }, { "c": 3, "e": 4 }, { "b": 5, "c": 2 },
        { "b": 1, "c": 2, "e": 4, "f": 6 }, { "<<": "text" },
    ]);
    assert_eq!(yaml(text).unwrap(), [expected]);
}

#[test]
fn order_and_digits_are_kept() {
    let text = r#"{"b":1.10,"a":[123456789012345678901234567890,1E5,"A/"],"c":{}}"#;
    let tree = from_json(text, LIMIT).unwrap();
    assert_eq!(serde_json::to_string(&tree).unwrap(), text);
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
