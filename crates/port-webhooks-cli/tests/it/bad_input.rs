//! Input that is too large, too deep, or made to mislead a person or a program.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::support::{Ran, World, command, commands};

/// What steers a terminal, is not seen, or turns the order of a text around.
const STEERING: &str = "\u{1b}[31m\u{7}\u{7f}\u{85}\u{9b}31m\u{ad}\u{61c}\u{180e}\u{200b}\u{200d}\u{200e}\u{200f}\u{2028}\
                        \u{2029}\u{202a}\u{202e}\u{2060}\u{2066}\u{2069}\u{feff}\u{fff9}\u{e0041}";

#[track_caller]
fn assert_harmless(what: &dyn std::fmt::Debug, text: &str) {
    let found = text.chars().find(|c| !c.is_ascii_graphic() && STEERING.contains(*c));
    assert_eq!(found, None, "{what:?}: {text:?}");
}

/// A text of Port's that would steer a terminal is spelled out in every form, and programs get it back.
#[test]
fn steering_characters_are_escaped_in_every_output() {
    let world = World::new();
    let title = format!("a{STEERING}z\tb\nc");
    world
        .fake
        .seed(json!({
            "identifier": "a", "title": title, "description": STEERING, "events": ["run.created", STEERING],
            "url": format!("https://a.example/{STEERING}"), "headers": { "X-A": STEERING }, "future": STEERING,
        }))
        .unwrap();
    // YAML has eight digits for each.
    let escaped = STEERING.chars().map(|c| format!("\\U{:08X}", u32::from(c))).collect::<Vec<_>>().concat();
    world.file("hooks.yaml", &format!("identifier: a\ntitle: \"new {escaped}\"\n"));
    for arguments in [
        &["list"][..],
        &["get", "a"],
        &["list", "-o", "json"],
        &["list", "-o", "yaml"],
        &["get", "a", "-o", "json", "--show-secrets"],
        &["get", "a", "-o", "yaml", "--show-secrets"],
        &["export"],
        &["export", "-o", "json"],
        &["apply", "-f", "hooks.yaml", "--dry-run"],
        &["get", "a", "--log", "trace"],
        &["get", STEERING],
        &["get", STEERING, "-v", "--log", "trace"],
        &["events", STEERING],
        &[STEERING],
        &["list", STEERING],
        &[&format!("--{STEERING}")],
        &["list", "-o", STEERING],
        &["apply", "-f", STEERING],
        &["list", "--env-file", STEERING],
        &["delete", STEERING, "--yes"],
    ] {
        let ran = world.run(arguments);
        assert_harmless(&arguments, &format!("{}{}", ran.out, ran.err));
    }
    for name in commands() {
        let ran = world.run(&[&name, STEERING]);
        assert_harmless(&name, &format!("{}{}", ran.out, ran.err));
    }
    let stored = world.stored("a");
    let json = world.run(&["get", "a", "-o", "json", "--show-secrets"]).done();
    assert_eq!(serde_json::from_str::<Value>(&json).unwrap(), stored);
    let yaml = world.run(&["get", "a", "-o", "yaml", "--show-secrets"]).done();
    assert_eq!(serde_norway::from_str::<Value>(&yaml).unwrap(), stored);
}

/// Texts that a reader of YAML could take for something else, or for its syntax, come back as they were.
#[test]
fn apply_reads_back_what_export_writes() {
    let texts = [
        "no",
        "on",
        "12:30:45",
        "0x1f",
        "1_000",
        "1e3",
        "~",
        "null",
        ".inf",
        "=",
        "<<",
        "2026-01-15",
        "a: b",
        "a #b",
        "- a",
        "[[[[{{{{",
        "]]}}",
        "\"]\",[",
        "'",
        "\"",
        "\\",
        "\t",
        " a ",
        "two\nlines",
        "two\nlines\n",
        "\n\n",
        " \n a\n",
        "...",
        "---",
        "%a",
        "@a",
        "`a",
        "*a",
        "&a",
        "!a",
        "|",
        ">",
        "?",
        ":",
        "\u{85}\u{2028}",
        "\r\n",
        "\u{1f600}",
        STEERING,
    ];
    let world = World::live();
    for (number, text) in texts.iter().enumerate() {
        let mapping =
            json!({ "blueprint": text, "entity": { "identifier": text, *text: [text, [text], {}] } });
        world
            .fake
            .seed(json!({
                "identifier": format!("h{number}"), "title": text, "description": format!("a{text}"), "enabled": true,
                "mappings": [mapping, { "blueprint": "[".repeat(20_000) }],
            }))
            .unwrap();
    }
    for format in ["yaml", "json"] {
        let exported = world.run(&["export", "-o", format]).done();
        let told = world.run_with(&["apply", "-f", "-", "--dry-run"], &exported).done();
        let unchanged = format!("{} unchanged", texts.len());
        assert!(told.contains(&unchanged) && told.contains("0 to change"), "{format}: {told}");
        // Another reader sees the same, too.
        let read: Value = match format {
            "yaml" => serde_norway::from_str(&exported).unwrap(),
            _ => serde_json::from_str(&exported).unwrap(),
        };
        for (number, text) in texts.iter().enumerate() {
            let webhooks = read["webhooks"].as_array().unwrap();
            let one = webhooks.iter().find(|one| one["identifier"] == format!("h{number}")).unwrap();
            assert_eq!(one["title"], *text);
        }
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
fn any_text_and_name_survives_yaml_and_json() {
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
    let steering = ('\0'..='\u{9f}').filter(|c| c.is_control()).chain(STEERING.chars());
    texts.extend(steering.flat_map(|c| [format!("a{c}b"), format!("a\n{c}"), c.to_string()]));
    let members: serde_json::Map<_, _> = texts.iter().map(|text| (text.clone(), json!(text))).collect();
    let future = json!({ "texts": texts, "members": members, "empty": [{}, [], null] });
    let world = World::new();
    world.fake.seed(json!({ "identifier": "a", "future": future })).unwrap();
    for format in ["yaml", "json"] {
        world.run(&["export", "-o", format, "--show-secrets", "--out", "hooks"]).done();
        let exported = std::fs::read_to_string(world.directory.path().join("hooks")).unwrap();
        assert_harmless(&format, &exported);
        let told = world.run(&["apply", "-f", "hooks", "--dry-run", "--allow-unknown"]).done();
        assert!(told.contains("1 unchanged"), "{format}: {told}");
        // Another reader.
        let read: Value = match format {
            "yaml" => serde_norway::from_str(&exported).unwrap(),
            _ => serde_json::from_str(&exported).unwrap(),
        };
        assert!(read["webhooks"][0]["future"] == future, "{format}");
    }
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
    let (mut file, mut future) = ("identifier: a\nfuture:\n".to_owned(), serde_json::Map::new());
    for (text, expected) in cases {
        let _ = writeln!(file, "  ? >-\n    {text}\n  : [{text}]");
        future.insert(text.to_owned(), json!([expected]));
    }
    let world = World::new();
    world.file("hooks.yaml", &file);
    world.fake.seed(json!({ "identifier": "a", "future": future })).unwrap();
    let told = world.run(&["apply", "-f", "hooks.yaml", "--dry-run", "--allow-unknown"]).done();
    assert!(told.contains("1 unchanged"), "{told}");
}

/// What a program would round or drop is a mistake, with its place.
#[test]
fn values_that_would_change_are_refused() {
    let world = World::new();
    let mut told = String::new();
    for (name, text) in [
        ("a.yaml", "identifier: a\nfuture: 18446744073709551616\n"),
        ("a.yaml", "identifier: a\nfuture: [0xfffffffffffffffff]\n"),
        ("a.yaml", "identifier: a\nfuture: 1e999\n"),
        ("a.yaml", "identifier: a\ntitle: !!binary aGlkZGVu\n"),
        ("a.yaml", "identifier: a\ntitle: !own hidden\n"),
        ("a.yaml", "identifier: a\nfuture: -9223372036854775809\n"),
        ("a.yaml", "identifier: a\nfuture: -.Inf\n"),
        ("a.yaml", "identifier: a\nfuture: .nan\n"),
        ("a.yaml", "identifier: a\nfuture: !!timestamp 2026-01-15\n"),
        ("a.yaml", "identifier: a\nfuture: !!int hidden\n"),
        ("a.yaml", "identifier: a\nfuture: !!map [1]\n"),
        ("a.yaml", "identifier: a\nfuture: !own [1]\n"),
        ("a.yaml", "identifier: a\nfuture: &x [*x]\n"),
        ("a.yaml", "identifier: a\nfuture: *x\n"),
        ("a.yaml", "identifier: a\nfuture:\n  <<: 1\n"),
        ("a.yaml", "identifier: a\n1: 2\n"),
        ("a.yaml", "identifier: a\nfuture:\n  - b\n\t- c\n"),
        ("a.yaml", "identifier: a\nfuture:\tb\n"),
        ("a.yaml", "identifier: a\nfuture:\n  -\t- b\n"),
        ("a.yaml", "identifier: a\nheaders:\n  X: b\n  X.Y[0]: \"b\\nc\"\n"),
        ("a.yaml", "identifier: a\n\tevents: []\n"),
        ("a.yaml", "identifier: a\ntitle: a\ntitle: hidden\n"),
        ("a.json", "{\"identifier\": \"a\",\n\"future\": -9223372036854775809}"),
        ("a.json", "{\"identifier\": \"a\",\n\"future\": {\"a\": 1e999}}"),
        ("a.json", "{\"identifier\": \"a\",\n\"title\": \"a\",\n\"title\": \"hidden\"}"),
        ("a.json", "{\"identifier\": \"a\",\n\"title\": hidden}"),
        ("a.json", "{\"identifier\": \"a\"} 2"),
        ("a.json", "{\"identifier\": \"a\",\n\"title\": \"\\ud800\"}"),
    ] {
        world.file(name, text);
        for arguments in [&["create", "-f", name], &["apply", "-f", name]] {
            let err = world.run(arguments).failed(2);
            assert!(!err.contains("hidden"), "{err}");
            if arguments[0] == "apply" {
                let _ = write!(told, "{text}\n{err}\n");
            }
        }
    }
    insta::assert_snapshot!(told);
    assert_eq!(world.requests(), 0);
    // The largest integers are as they were.
    let largest = "{\"identifier\":\"a\",\"url\":\"https://a.example\",\"events\":[\"run.created\"],\"description\":\"18446744073709551616\"}";
    world.run_with(&["create", "-f", "-"], largest).done();
    assert_eq!(world.stored("a")["description"], "18446744073709551616");
}

/// All mistakes of a file are reported at once, whatever cannot be read of it.
#[test]
fn unreadable_values_do_not_hide_other_mistakes() {
    let world = World::new();
    world.file(
        "a.yaml",
        "webhooks:\n- identifier: a\n  title: !!binary aGlkZGVu\n  url: {fromEnv: 7}\n  titel: b\n  enabled: 'yes'\n\
         - identifier: b\n  url: ftp://b.example\n  events: [run.create, !own hidden]\n  title: a\n  title: b\nbase: .inf\n",
    );
    let json = "{\"identifier\": \"c\",\n\"title\": 1e999,\n\"title\": \"c\",\n\"events\": [18446744073709551616],\n\"url\": 7}";
    world.file("b.json", json);
    let err = world.run(&["validate", "a.yaml", "b.json"]).failed(2);
    assert!(!err.contains("hidden"), "{err}");
    insta::assert_snapshot!(err);
    let err = world.run(&["create", "-f", "b.json"]).failed(2);
    assert!(err.contains("4 mistakes; nothing was sent") && err.contains("b.json:5: url: must be"), "{err}");
}

/// What an event, a mapping or a template has in it is spelled out as well.
#[test]
fn steering_characters_of_events_and_templates_are_escaped() {
    let world = World::new();
    let entity = json!({
        "identifier": ".body.id", "title": ".body | error(.id)",
        "properties": { STEERING: ".body.id" }, "relations": { "r": { "rules": [".body | error(.id)"] } },
    });
    let mappings = json!([
        { "blueprint": STEERING, "entity": entity },
        { "blueprint": "b", "filter": ".body | error(.id)", "entity": entity },
        { "blueprint": "b", "itemsToParse": format!(".body.\"{STEERING}\""), "entity": entity },
    ]);
    let webhook = json!({ "identifier": "a", "mappings": mappings });
    world.file("webhook.json", &webhook.to_string());
    world.file("wrong.json", &webhook.to_string().replace(".body.id", &format!(".body.id {STEERING}")));
    let event = json!({ "body": { "id": STEERING }, "headers": { format!("X{STEERING}"): "" }, STEERING: 1 });
    world.file("cases/a\u{202e}.event.json", &event.to_string());
    world.file("cases/a\u{202e}.expected.json", &json!({ "entities": [STEERING] }).to_string());
    let template = json!({ "a": "{{ .id }}", "b": "{{ error(.id) }}", STEERING: "{{ . | error(.id) }}" });
    world.file("template.json", &template.to_string());
    world.file("wrong-template.json", &json!({ STEERING: format!("{{{{ {STEERING}") }).to_string());
    world.file("data.json", &event["body"].to_string());
    let event = "cases/a\u{202e}.event.json";
    for arguments in [
        &["map", "-f", "webhook.json", "--event", event][..],
        &["map", "-f", "webhook.json", "--event", event, "-o", "json"],
        &["map", "-f", "webhook.json", "--event", event, "-o", "yaml"],
        &["map", "-f", "wrong.json", "--event", event],
        &["map", "-f", "webhook.json", "--event", event, "--identifier", STEERING],
        &["map", "-f", "webhook.json", "--body", event, "--header", STEERING],
        &["map", "test", "cases", "-f", "webhook.json"],
        &["map", "test", "cases", "-f", "webhook.json", "--update"],
        &["render", "-f", "template.json", "--data", "data.json"],
        &["render", "-f", "wrong-template.json", "--data", "data.json"],
    ] {
        let ran = world.run(arguments);
        assert!(!format!("{}{}", ran.out, ran.err).is_empty());
        assert_harmless(&arguments, &format!("{}{}", ran.out, ran.err));
    }
}

/// Small files that say a lot take little memory and end in a clear error.
#[cfg(unix)]
#[test]
fn small_files_cannot_take_all_memory() {
    let world = World::new();
    let megabyte = "x".repeat(1024 * 1024);
    let mut laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..30 {
        let _ = writeln!(laughs, "a{level}: &a{level} [{}]", format!("*a{},", level - 1).repeat(10));
    }
    let texts = [
        format!("identifier: a\nbase: &a {megabyte}\nfuture: [{}]\n", "*a, ".repeat(9000)),
        format!("identifier: a\nbase: &a {}\nfuture: [{}]\n", "x".repeat(150 * 1024), "*a, ".repeat(9000)),
        format!("identifier: a\n{laughs}"),
        format!(
            "identifier: a\nbase: &a {{ {} }}\nfuture:\n{}",
            (0..10_000).map(|at| format!("k{at}: 1, ")).collect::<Vec<_>>().concat(),
            "- <<: *a\n".repeat(9000)
        ),
        format!("identifier: a\nfuture: {}{}", "[".repeat(500_000), "]".repeat(500_000)),
        format!("identifier: a\nfuture: {}", "{a: ".repeat(500_000)),
        format!("identifier: a\nfuture:\n  {}", "- ".repeat(500_000)),
        format!("identifier: a\nfuture:\n  {}", "? ".repeat(500_000)),
        format!("{{\"identifier\": \"a\", \"future\": {}{}}}", "[".repeat(500_000), "]".repeat(500_000)),
        format!("{{\"identifier\": \"a\", \"future\": [{}0]}}", "0,".repeat(1_100_000)),
        format!("identifier: a\nfuture: [{}0]", "0,".repeat(1_600_000)),
        // Each value has a path, in which the long name is repeated.
        format!("{{\"identifier\": \"a\", \"{megabyte}\": [{}0]}}", "0,".repeat(100_000)),
        format!("identifier: a\n? {megabyte}\n: [{}0]", "0,".repeat(100_000)),
        format!("identifier: a\nbase: &a [{}0]\n? {megabyte}\n: [*a]", "0,".repeat(1000)),
    ];
    // Both commands read files with the same code.
    for (text, command) in texts.iter().zip(["create", "apply"].iter().cycle()) {
        world.file("hooks.yaml", text);
        let mut shell = std::process::Command::new("sh");
        // In KiB, of address space, of which threads take a part.
        let script = format!(
            "ulimit -v 1500000; exec '{}' {command} -f hooks.yaml",
            env!("CARGO_BIN_EXE_port-webhooks")
        );
        for (name, value) in world.command(&[]).get_envs() {
            shell.env(name, value.unwrap_or_default());
        }
        shell.args(["-c", &script]).current_dir(world.directory.path());
        let err = Ran::of(shell, "").failed(2);
        assert!(err.contains("too many ") || err.contains("nested too deeply"), "{err}");
    }
    assert_eq!(world.requests(), 0);
}

/// Nothing is read without an end.
#[cfg(unix)]
#[test]
fn endless_files_are_refused() {
    let world = World::new();
    for arguments in [
        &["apply", "-f", "/dev/zero"][..],
        &["create", "-f", "/dev/zero"],
        &["create", "a", "--secret-file", "/dev/zero"],
        &["list", "--env-file", "/dev/zero"],
        &["list", "--client-secret-file", "/dev/zero"],
        &["list", "--access-token-file", "/dev/zero"],
        &["sign", "/dev/zero", "--secret", "a"],
        &["verify", "/dev/zero", "--secret", "a", "--signature", "a"],
        &["verify", "-", "--secret", "a", "--headers", "/dev/zero"],
        &["trigger", "--file", "/dev/zero", "--to", "http://127.0.0.1:1"],
    ] {
        let err = world.run(arguments).failed(2);
        assert!(err.starts_with("error: /dev/zero: larger than 16 MiB"), "{arguments:?} {err}");
    }
    let large = " ".repeat(17 * 1024 * 1024);
    for arguments in [&["apply", "-f", "-"][..], &["sign", "--secret", "a", "-"]] {
        let err = world.run_with(arguments, &large).failed(2);
        assert!(err.starts_with("error: standard input: larger than 16 MiB"), "{arguments:?} {err}");
    }
    let mut zero = command(world.directory.path());
    zero.args(["sign", "--secret", "a", "-"]).stdin(std::fs::File::open("/dev/zero").unwrap());
    let output = zero.stdout(std::process::Stdio::null()).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(world.requests(), 0);
}

/// A file with comments alone declares nothing, and that is no mistake. One with nothing at all may have lost it.
#[test]
fn comments_alone_are_no_webhooks() {
    let world = World::seeded();
    world.file("hooks/notes.yaml", "# nothing yet\n---\n# nor here\n");
    world.file("hooks/audit.yaml", "# ours\nidentifier: audit\ntitle: Audit\n");
    world.run(&["apply", "-f", "hooks"]).done();
    assert_eq!(world.stored("audit")["title"], "Audit");
    let told = world.run_with(&["apply", "-f", "-"], "# nothing\n").done();
    assert!(told.contains("0 to create, 0 to change, 0 to delete, 0 unchanged"), "{told}");
    let err = world.run_with(&["create", "-f", "-"], "# nothing\n").failed(2);
    assert!(err.starts_with("error: standard input: expected one webhook, found 0"), "{err}");
}

/// Password, user name, which may be a token, query and fragment of a URL are secret.
#[test]
fn secret_part_of_a_url_is_masked_wherever_it_is_shown() {
    for (url, masked) in [
        ("https://a.example/in?token=hidden", "https://a.example/in?********"),
        ("https://a.example?hidden#a", "https://a.example?********"),
        ("https://a.example/in#token=hidden", "https://a.example/in#********"),
        ("https://hidden@a.example/in", "https://********@a.example/in"),
        ("https://me:hidden@a.example/in?hidden", "https://********@a.example/in?********"),
    ] {
        let world = World::new();
        let hook = json!({ "identifier": "a", "url": url, "events": ["run.created"] });
        world.fake.seed(hook).unwrap();
        let changed = url.replace("hidden", "hidden-too");
        world.file("hooks.yaml", &format!("identifier: a\nurl: {changed}\n"));
        for arguments in [
            &["list"][..],
            &["get", "a"],
            &["list", "-o", "json"],
            &["get", "a", "-o", "yaml"],
            &["export"],
            &["export", "-o", "json"],
            &["apply", "-f", "hooks.yaml", "--dry-run"],
            &["apply", "-f", "hooks.yaml", "--dry-run", "-o", "json"],
            &["update", "a", "--title", "b", "-v", "--log", "trace"],
        ] {
            let ran = world.run(arguments);
            assert_eq!(ran.code, Some(0), "{ran:?}");
            assert!(!ran.told().contains("hidden"), "{arguments:?} {ran:?}");
            let text = match arguments {
                ["export", ..] => "PORT_WEBHOOK_A_URL",
                ["apply", .., "--dry-run"] => "url: will change",
                _ => masked,
            };
            assert!(ran.told().contains(text), "{ran:?}");
        }
        // What was shown cannot take the place of the URL.
        let shown = world.run(&["get", "a", "-o", "json"]).done();
        let err = world.run_with(&["replace", "-f", "-"], &shown).failed(2);
        assert!(err.contains("url: `********` is a mask"), "{err}");
        assert!(world.run(&["get", "a", "-o", "json", "--show-secrets"]).done().contains(url));
    }
}
