//! Edits of the contract: what is generated of them, or why nothing is. They are in
//! `xtask/tests/fixtures/contract-edits.yaml`.

use std::fs;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{CONTRACT, GENERATED, GeneratedFile, contract, generate, root};

#[derive(Deserialize)]
struct Edits {
    edits: Vec<Edit>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Edit {
    name: String,
    /// JSON pointers and values.
    set: Map<String, Value>,
    /// What the error says, unless code is generated.
    error: Option<String>,
    /// Parts of the code that is generated, apart from white space.
    #[serde(default)]
    generates: Vec<String>,
}

impl Edit {
    /// Generates code of the edited contract, or says why not.
    fn generate(&self, contract: &Value) -> Result<Vec<GeneratedFile>, String> {
        let mut contract = contract.clone();
        for (pointer, value) in &self.set {
            let (parent, key) = pointer.rsplit_once('/').unwrap();
            match contract.pointer_mut(parent) {
                Some(Value::Array(items)) if key == "-" => items.push(value.clone()),
                Some(Value::Array(items)) => items.insert(key.parse().unwrap(), value.clone()),
                Some(Value::Object(members)) => {
                    let key = key.replace("~1", "/").replace("~0", "~");
                    match value {
                        Value::Null => assert!(members.remove(&key).is_some(), "{}: no {pointer}", self.name),
                        _ => drop(members.insert(key, value.clone())),
                    }
                }
                _ => panic!("{}: no {pointer}", self.name),
            }
        }
        generate(&contract).map_err(|error| format!("{error:#}"))
    }
}

fn edits() -> (Value, Vec<Edit>) {
    let edits = fs::read_to_string(root().join("xtask/tests/fixtures/contract-edits.yaml")).unwrap();
    let mut edits: serde_norway::Value = serde_norway::from_str(&edits).unwrap();
    edits.apply_merge().unwrap();
    let edits: Edits = serde_norway::from_value(edits).unwrap();
    (contract::read(&root().join(CONTRACT)).unwrap(), edits.edits)
}

#[test]
fn edit_of_the_contract_generates_code_or_names_place_and_remedy() {
    let (contract, edits) = edits();
    let words = |text: &str| text.split_whitespace().collect::<String>();
    let mut wrong = String::new();
    for edit in &edits {
        match (edit.generate(&contract), &edit.error) {
            (Err(found), Some(error)) if found.contains(error.as_str()) && found.starts_with("at ") => {}
            (Ok(files), None) => {
                let code =
                    files.iter().map(|file| words(&file.text.replace("///", " /// "))).collect::<String>();
                for part in edit.generates.iter().filter(|part| !code.contains(&words(part))) {
                    wrong += &format!("{}: does not generate {part}\n", edit.name);
                }
            }
            (Err(found), _) => wrong += &format!("{}: {found}\n", edit.name),
            (Ok(_), Some(_)) => wrong += &format!("{}: code is generated\n", edit.name),
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert!(edits.len() > 100);
}

/// Takes a minute when nothing is built yet.
#[test]
#[ignore = "compiles the code of all edits; `.ci/run` runs it"]
fn code_generated_of_edits_compiles() {
    let folder = root().join("target/contract-edits");
    let api = "crates/port-webhooks-api";
    let copy = |path: &str, text: String| {
        let to = folder.join(path);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::write(to, text).unwrap();
    };
    let read = |path: &str| fs::read_to_string(root().join(path)).unwrap();

    let workspace = read("Cargo.toml");
    let (before, members) = workspace.split_once("members = [").unwrap();
    let after = members.split_once(']').unwrap().1;
    copy("Cargo.toml", format!("{before}members = [\"{api}\"]{after}"));
    copy("Cargo.lock", read("Cargo.lock"));
    for file in ["Cargo.toml", "README.md"] {
        copy(&format!("{api}/{file}"), read(&format!("{api}/{file}")));
    }
    for file in fs::read_dir(root().join(api).join("src"))
        .unwrap()
        .chain(fs::read_dir(root().join(GENERATED)).unwrap())
    {
        let path = file.unwrap().path();
        if path.is_file() {
            let path = path.strip_prefix(root()).unwrap().to_str().unwrap();
            copy(path, read(path));
        }
    }

    let (contract, edits) = edits();
    let mut modules = String::new();
    for (index, edit) in edits.iter().enumerate().filter(|(_, edit)| edit.error.is_none()) {
        modules += &format!("/// {}\npub mod edit_{index} {{\n", edit.name);
        for file in edit.generate(&contract).unwrap().iter().filter(|file| file.path.ends_with(".rs")) {
            let name = file.path.rsplit('/').next().unwrap();
            copy(&format!("{api}/src/edit_{index}/{name}"), file.text.clone());
            modules += &format!("    #[allow(missing_docs)] pub mod {};\n", name.trim_end_matches(".rs"));
        }
        modules += "}\n";
    }
    copy(&format!("{api}/src/lib.rs"), read(&format!("{api}/src/lib.rs")) + &modules);
    let status = std::process::Command::new(env!("CARGO"))
        .args(["check", "--offline", "--package=port-webhooks-api", "--no-default-features"])
        .arg("--target-dir=target")
        .current_dir(&folder)
        .status()
        .unwrap();
    assert!(status.success());
}

#[test]
#[ignore]
fn sweep() {
    fn walk(value: &Value, at: String, out: &mut Vec<String>) {
        out.push(at.clone());
        match value {
            Value::Object(m) => {
                for (k, v) in m {
                    if k != "examples" && k != "example" {
                        walk(v, format!("{at}/{}", k.replace('~', "~0").replace('/', "~1")), out)
                    }
                }
            }
            Value::Array(a) => {
                for (i, v) in a.iter().enumerate() {
                    walk(v, format!("{at}/{i}"), out)
                }
            }
            _ => {}
        }
    }
    let (contract, _) = edits();
    let text = |files: Vec<GeneratedFile>| files.into_iter().map(|f| f.text).collect::<Vec<_>>();
    let base = text(generate(&contract).unwrap());
    let mut all = Vec::new();
    walk(&contract, String::new(), &mut all);
    let json = |t: &str| serde_json::from_str::<Value>(t).unwrap();
    let values = [
        ("null", json("null")),
        ("zz", json("\"zz\"")),
        ("7", json("7")),
        ("true", json("true")),
        ("false", json("false")),
        ("{}", json("{}")),
        ("[]", json("[]")),
    ];
    let adds = [
        ("title", "\"User\""),
        ("nullable", "true"),
        ("enum", "[\"a\"]"),
        ("deprecated", "true"),
        ("readOnly", "true"),
        ("zz", "{}"),
        ("x-zz", "1"),
        ("default", "1"),
        ("format", "\"int32\""),
        ("type", "\"object\""),
        ("properties", "{}"),
        ("items", "{}"),
        ("additionalProperties", "false"),
        ("required", "[]"),
        ("oneOf", "[]"),
        ("not", "{}"),
        ("parameters", "[]"),
        ("servers", "[]"),
        ("description", "\"new\""),
        ("$ref", "\"#/components/schemas/User\""),
        ("security", "[]"),
        ("minimum", "0"),
        ("headers", "{}"),
        ("content", "{}"),
        ("discriminator", "{}"),
        ("const", "1"),
    ];
    let mut seen = std::collections::BTreeMap::<(String, String), (usize, String)>::new();
    let mut run = |p: &str, what: &str, doc: Value| {
        let r = generate(&doc);
        let class = match r {
            Err(e) => {
                let e = format!("{e:#}");
                if e.starts_with("at #") { return } else { format!("BADERR {e}") }
            }
            Ok(f) => {
                if text(f) == base {
                    "UNCHANGED".into()
                } else {
                    "ACCEPTED".to_string()
                }
            }
        };
        let parts: Vec<&str> = p.split('/').collect();
        let generic: Vec<String> = parts
            .iter()
            .enumerate()
            .map(|(i, s)| {
                if (i > 0
                    && ["schemas", "properties", "paths", "parameters", "headers", "responses"]
                        .contains(&parts[i - 1]))
                    || s.parse::<u32>().is_ok()
                {
                    "*".into()
                } else {
                    (*s).into()
                }
            })
            .collect();
        let e = seen.entry((class, format!("{} {what}", generic.join("/")))).or_insert((0, p.to_owned()));
        e.0 += 1;
    };
    let step: usize = std::env::var("STEP").map_or(1, |s| s.parse().unwrap());
    for p in all.iter().skip(1).step_by(step) {
        if p.contains("/headers/") && !p.starts_with("/components/schemas") {
            continue;
        }
        for (n, v) in &values {
            let mut d = contract.clone();
            let slot = d.pointer_mut(p).unwrap();
            if slot == v {
                continue;
            }
            *slot = v.clone();
            run(p, &format!("= {n}"), d);
        }
        let (parent, key) = p.rsplit_once('/').unwrap();
        let mut d = contract.clone();
        match d.pointer_mut(parent).unwrap() {
            Value::Object(m) => {
                m.remove(&key.replace("~1", "/").replace("~0", "~"));
            }
            Value::Array(a) => {
                a.remove(key.parse().unwrap());
            }
            _ => {}
        }
        run(p, "removed", d);
        if contract.pointer(p).unwrap().is_object() {
            for (k, v) in &adds {
                let mut d = contract.clone();
                d.pointer_mut(p).unwrap().as_object_mut().unwrap().insert((*k).to_owned(), json(v));
                run(p, &format!("+ {k}"), d);
            }
        }
    }
    let mut o = String::new();
    for ((c, g), (n, ex)) in &seen {
        o += &format!("{c}\t{g}\t{n}\t{ex}\n");
    }
    fs::write("/tmp/sweep.txt", o).unwrap();
}
