//! Edits of the contract: what is generated of them, or why nothing is. They are in
//! `xtask/tests/fixtures/contract-edits.yaml`.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{CONTRACT, GeneratedFile, document, generate, root};

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
    (document::read(&root().join(CONTRACT)).unwrap(), edits.edits)
}

#[test]
fn edit_generates_code_or_an_error_with_place_and_remedy() {
    let (contract, edits) = edits();
    // Where a list is broken into lines, the last item has a comma.
    let words =
        |text: &str| text.split_whitespace().collect::<String>().replace(",)", ")").replace(",]", "]");
    let check = |edit: &Edit| match (edit.generate(&contract), &edit.error) {
        (Err(found), Some(error)) if found.contains(error.as_str()) && found.starts_with("at ") => Vec::new(),
        (Ok(files), None) => {
            let code = files.iter().map(|file| words(&file.text.replace("///", " /// "))).collect::<String>();
            let missing = edit.generates.iter().filter(|part| !code.contains(&words(part)));
            missing.map(|part| format!("{}: does not generate {part}", edit.name)).collect()
        }
        (Err(found), _) => vec![format!("{}: {found}", edit.name)],
        (Ok(_), Some(_)) => vec![format!("{}: code is generated", edit.name)],
    };
    let (first, second) = edits.split_at(edits.len() / 2);
    let wrong = thread::scope(|scope| {
        let second = scope.spawn(|| second.iter().flat_map(check).collect::<Vec<_>>());
        let first = first.iter().flat_map(check).collect::<Vec<_>>();
        [first, second.join().unwrap()].concat()
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(edits.len() > 200);
}

/// Takes half a minute when nothing is built yet.
#[test]
#[ignore = "takes minutes: it compiles the code of all edits; CONTRIBUTING.md says when to run it"]
fn code_generated_of_edits_compiles() {
    let folder = root().join("target/contract-edits");
    let source = folder.join("crates/port-webhooks-api/src");
    let copies =
        "rm -rf crates && mkdir crates && cp -r ../../crates/port-webhooks-api crates && cp ../../Cargo.* .";
    fs::create_dir_all(&folder).unwrap();
    run(Command::new("sh").args(["-c", copies]), &folder);
    let workspace = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
    let (before, members) = workspace.split_once("members = [").unwrap();
    let workspace = format!("{before}members = [\"crates/*\"{}", &members[members.find(']').unwrap()..]);
    fs::write(folder.join("Cargo.toml"), workspace).unwrap();

    let (contract, edits) = edits();
    let mut library = vec![fs::read_to_string(source.join("lib.rs")).unwrap()];
    for (index, edit) in edits.iter().enumerate().filter(|(_, edit)| edit.error.is_none()) {
        let module = source.join(format!("edit_{index}"));
        fs::create_dir(&module).unwrap();
        for file in edit.generate(&contract).unwrap() {
            fs::write(module.join(file.path.rsplit('/').next().unwrap()), file.text).unwrap();
        }
        let about = format!("/// {}", edit.name);
        library.push(format!(
            "{about}\npub mod edit_{index} {{\n{about}\npub mod types;\n{about}\npub mod operations;\n}}\n"
        ));
    }
    fs::write(source.join("lib.rs"), library.concat()).unwrap();
    run(Command::new(env!("CARGO")).args(["check", "--offline", "--no-default-features"]), &folder);
}

fn run(command: &mut Command, folder: &Path) {
    assert!(command.current_dir(folder).env_remove("CARGO_TARGET_DIR").status().unwrap().success());
}
