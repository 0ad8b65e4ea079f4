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
        generate(contract).map_err(|error| format!("{error:#}"))
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
        for file in edit.generate(&contract).unwrap().iter().filter(|file| file.path.ends_with("types.rs")) {
            let name = file.path.rsplit('/').next().unwrap();
            copy(&format!("{api}/src/edit_{index}/{name}"), file.text.clone());
            modules += &format!("    #[allow(missing_docs)] pub mod {};\n", name.trim_end_matches(".rs"));
        }
        modules += "}\n";
    }
    copy(&format!("{api}/src/lib.rs"), read(&format!("{api}/src/lib.rs")) + &modules);
    let status = std::process::Command::new(env!("CARGO"))
        .args(["check", "--offline", "--package=port-webhooks-api"])
        .arg("--target-dir=target")
        .current_dir(&folder)
        .status()
        .unwrap();
    assert!(status.success());
}
